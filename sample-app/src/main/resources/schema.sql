create table if not exists orders (
	id bigint generated always as identity primary key,
	item varchar(200) not null,
	quantity int not null,
	begun_at timestamp with time zone default current_timestamp not null,
	finished_at timestamp with time zone,
	acknowledged_at timestamp with time zone
);

namespace Aldis.Postgres.Schema;

/// <summary>The tables of a store, and who may do what with them. Its statements may be run again: what is there is left.</summary>
internal static class StoreSchema
{
    /// <summary>The version of the tables that this code reads and writes.</summary>
    public const int Version = 1;

    /// <summary>What is said of a database without a store.</summary>
    public const string Missing = "there is no store in that database: 'aldis store init' makes one.";

    /// <summary>The three roles: one owns, one writes, one reads. Whoever connects is a member of one of them.</summary>
    public const string Roles = """
        do $$ begin
            if to_regrole('aldis_owner') is null then create role aldis_owner nologin; end if;
            if to_regrole('aldis_writer') is null then create role aldis_writer nologin; end if;
            if to_regrole('aldis_reader') is null then create role aldis_reader nologin; end if;
        end $$;
        grant pg_read_all_stats to aldis_writer;
        """;

    /// <summary>
    /// The tables. That nothing is stored twice is held by a client's row, and not by a key: a unique one would have to contain the
    /// column that partitions. The plain form is stored under the names of servers, which begin with @.
    /// </summary>
    public const string Tables = """
        create table if not exists aldis_schema (version integer not null);
        insert into aldis_schema select 1 where not exists (select from aldis_schema);
        create table if not exists aldis_client (
            client text collate "C" primary key,
            epoch bigint not null,
            lease uuid not null,
            last bigint not null,
            node text not null,
            claimed_at timestamptz not null
        ) with (fillfactor = 70);
        create table if not exists aldis_message (
            client text collate "C" not null,
            seq bigint not null,
            epoch bigint not null,
            received_at timestamptz not null default now(),
            peer text not null,
            crc bigint not null,
            payload bytea not null
        ) partition by range (received_at);
        create table if not exists aldis_message_default partition of aldis_message default;
        create index if not exists aldis_message_client_seq on aldis_message (client, seq);
        create table if not exists aldis_crc (
            client text collate "C" not null,
            seq bigint not null,
            crc bigint not null,
            primary key (client, seq)
        );
        create or replace function aldis_maintain(retain interval, kept integer) returns integer
        language plpgsql security definer set search_path = public, pg_temp as $$
        declare
            day date;
            part text;
            dropped integer := 0;
        begin
            if not pg_try_advisory_xact_lock(4107) then
                return 0;
            end if;

            for i in 0..7 loop
                day := (now() at time zone 'UTC')::date + i;
                part := 'aldis_message_' || to_char(day, 'YYYYMMDD');
                if to_regclass('public.' || part) is null then
                    begin
                        execute format('create table %I partition of aldis_message for values from (%L) to (%L)',
                            part, day::text || ' 00:00:00+00', (day + 1)::text || ' 00:00:00+00');
                    exception when check_violation then
                        null; -- Messages of that day are in the default partition already.
                    end;
                end if;
            end loop;

            for part in
                select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
                where i.inhparent = 'aldis_message'::regclass and c.relname ~ '^aldis_message_[0-9]{8}$'
                    and to_date(right(c.relname, 8), 'YYYYMMDD') + 1 <= ((now() - retain) at time zone 'UTC')::date
            loop
                execute format('insert into aldis_crc select m.client, m.seq, m.crc from %I m join aldis_client c on c.client = m.client '
                    'where m.seq > c.last - $1 and m.client not like ''@%%'' on conflict do nothing', part) using kept;
                execute format('drop table %I', part);
                dropped := dropped + 1;
            end loop;

            delete from aldis_crc r using aldis_client c where c.client = r.client and r.seq <= c.last - kept;
            return dropped;
        end $$;
        revoke execute on function aldis_maintain(interval, integer) from public;
        """;

    /// <summary>Who may do what. After it the roles of <see cref="Roles"/> have what they need, and no more.</summary>
    public const string Grants = """
        alter table aldis_schema owner to aldis_owner;
        alter table aldis_client owner to aldis_owner;
        alter table aldis_message owner to aldis_owner;
        alter table aldis_message_default owner to aldis_owner;
        alter table aldis_crc owner to aldis_owner;
        grant create on schema public to aldis_owner;
        alter function aldis_maintain(interval, integer) owner to aldis_owner;
        grant select, insert, update on aldis_client to aldis_writer;
        grant select, insert on aldis_message to aldis_writer;
        grant select on aldis_crc, aldis_schema to aldis_writer;
        grant execute on function aldis_maintain(interval, integer) to aldis_writer;
        grant select on aldis_schema, aldis_client, aldis_message, aldis_crc to aldis_reader;
        """;

    /// <summary>Everything that makes a store, in order.</summary>
    public static IReadOnlyList<string> Init => [Roles, Tables, Grants];
}

namespace Aldis.Postgres.Copying;

/// <summary>What a copy into a database asks it. Each is one statement that commits by itself, so that a copy may end at any moment.</summary>
internal static class CopyStatements
{
    /// <summary>Tables and partitions belong to the role that owns the store.</summary>
    public const string BecomeOwner = "set role aldis_owner";

    /// <summary>How far everybody is whose messages are stored, servers too.</summary>
    public const string Lasts = "select client, last from aldis_client";

    /// <summary>
    /// Says of clients of which nothing is stored yet how far they were before the first message that is left: $1 clients, $2 that number, $3 who
    /// copies; of each CRC $4 client, $5 number, $6 CRC; $7 when each client was not seen after. Answers with the clients taken.
    /// </summary>
    public const string Begin = """
        with begun as (
            insert into aldis_client as c (client, epoch, lease, last, node, claimed_at)
            select o.client, 1, gen_random_uuid(), o.last, $3::text, o.seen_at
            from unnest($1::text[], $2::bigint[], $7::timestamptz[]) as o(client, last, seen_at) order by o.client
            on conflict (client) do update set last = excluded.last, epoch = c.epoch + 1, lease = excluded.lease, node = excluded.node
            where c.last = 0
            returning client
        ), remembered as (
            insert into aldis_crc (client, seq, crc)
            select k.client, k.seq, k.crc from unnest($4::text[], $5::bigint[], $6::bigint[]) as k(client, seq, crc)
            where k.client in (select client from begun)
            on conflict do nothing
        )
        select client from begun
        """;

    /// <summary>The places of messages that are stored with other bytes: $1 clients, $2 numbers, $3 CRCs.</summary>
    public const string Conflicts = """
        select o.place from unnest($1::text[], $2::bigint[], $3::bigint[]) with ordinality as o(client, seq, crc, place) cross join lateral (
            select crc from aldis_message where client = o.client and seq = o.seq
            union all
            select crc from aldis_crc where client = o.client and seq = o.seq
        ) as m where m.crc <> o.crc
        """;

    /// <summary>
    /// Stores messages with the time and the peer that they have, of the clients whose row says the number before the first of them, and takes
    /// their leases: a server that has one stores nothing more as that client. $1 clients, $2 and $3 the numbers before and of the last
    /// message, $4 who copies; of each message $5 the place of its client in these, $6 number, $7 time of receipt, $8 peer, $9 CRC, $10 payload.
    /// Answers with the places of the clients taken.
    /// </summary>
    public const string Append = """
        with offered as (
            select * from unnest($1::text[], $2::bigint[], $3::bigint[]) with ordinality as o(client, previous, last, place)
        ), locked as (
            select c.client from aldis_client c join offered o on c.client = o.client
            where c.last = o.previous order by c.client for update of c
        ), taken as (
            update aldis_client c set last = o.last, epoch = c.epoch + 1, lease = gen_random_uuid(), node = $4::text
            from locked l join offered o on o.client = l.client
            where c.client = l.client returning o.place, c.epoch
        ), begun as (
            insert into aldis_client (client, epoch, lease, last, node, claimed_at)
            select o.client, 1, gen_random_uuid(), o.last, $4::text, 'epoch' from offered o where o.previous = 0 order by o.client
            on conflict (client) do nothing returning client, epoch
        ), granted as (
            select place, epoch from taken
            union all
            select o.place, b.epoch from begun b join offered o on o.client = b.client
        ), epochs as (
            select array_agg(g.epoch order by o.place) as of_place from offered o left join granted g on g.place = o.place
        ), stored as (
            insert into aldis_message (client, seq, epoch, received_at, peer, crc, payload)
            select ($1::text[])[m.owner], m.seq, epochs.of_place[m.owner], m.received_at, m.peer, m.crc, m.payload
            from epochs, unnest($5::int[], $6::bigint[], $7::timestamptz[], $8::text[], $9::bigint[], $10::bytea[])
                as m(owner, seq, received_at, peer, crc, payload)
            where epochs.of_place[m.owner] is not null
        )
        select place from granted
        """;

    /// <summary>Makes the partition of a day. It fails with a check violation where messages of that day are in the default one.</summary>
    /// <param name="day">The day, in UTC.</param>
    public static string Partition(DateOnly day) => FormattableString.Invariant(
        $"""
        create table if not exists aldis_message_{day:yyyyMMdd} partition of aldis_message
        for values from ('{day:yyyy-MM-dd} 00:00:00+00') to ('{day.AddDays(1):yyyy-MM-dd} 00:00:00+00')
        """);
}

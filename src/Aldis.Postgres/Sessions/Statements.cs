namespace Aldis.Postgres.Sessions;

/// <summary>
/// What the database is asked. Each is one statement that commits by itself: a server that stands still between two of a transaction would
/// hold the rows of its clients.
/// </summary>
internal static class Statements
{
    /// <summary>
    /// Stores the messages of the clients whose row still has the epoch, and the number before the first message, that the batch says.
    /// The rows are locked in one order, whoever asks. $1 clients, $2 epochs, $3 and $4 the numbers before and of the last message, $5
    /// peers; of each message $6 the place of its client in these, $7 number, $8 CRC, $9 payload. Answers with the places of the clients
    /// taken.
    /// </summary>
    public const string Append = """
        with offered as (
            select * from unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[])
                with ordinality as o(client, epoch, previous, last, place)
        ), locked as (
            select c.client from aldis_client c join offered o on c.client = o.client
            where c.epoch = o.epoch and c.last = o.previous order by c.client for update of c
        ), taken as (
            update aldis_client c set last = o.last from locked l join offered o on o.client = l.client
            where c.client = l.client returning o.place
        ), flags as (
            select array_agg(t.place is not null order by o.place) as is_taken from offered o left join taken t on t.place = o.place
        ), stored as (
            insert into aldis_message (client, seq, epoch, peer, crc, payload)
            select ($1::text[])[m.owner], m.seq, ($2::bigint[])[m.owner], ($5::text[])[m.owner], m.crc, m.payload
            from flags, unnest($6::int[], $7::bigint[], $8::bigint[], $9::bytea[]) as m(owner, seq, crc, payload)
            where flags.is_taken[m.owner]
        )
        select place from taken
        """;

    /// <summary>The same for the plain form, under the server's own row: $1 its id, $2 its epoch, $3 peers; of each message $4 the place
    /// of its peer, $5 the server's number, $6 CRC, $7 payload. The epoch is the upper part of what is stored as the number, so that a server
    /// gives none twice and they follow one another. Answers with how many are stored: all, or none.</summary>
    public const string AppendPlain = """
        with stored as (
            insert into aldis_message (client, seq, epoch, peer, crc, payload)
            select $1::text, ($2::bigint << 40) + m.seq, $2::bigint, ($3::text[])[m.owner], m.crc, m.payload
            from unnest($4::int[], $5::bigint[], $6::bigint[], $7::bytea[]) as m(owner, seq, crc, payload)
            where exists (select from aldis_client c where c.client = $1::text and c.epoch = $2::bigint)
            returning 1
        )
        select count(*) from stored
        """;

    /// <summary>Takes a lease: $1 client, $2 lease, $3 node.</summary>
    public const string Claim = """
        insert into aldis_client (client, epoch, lease, last, node, claimed_at) values ($1, 1, $2, 0, $3, now())
        on conflict (client) do update set epoch = aldis_client.epoch + 1, lease = $2, node = $3, claimed_at = now()
        returning epoch, last
        """;

    /// <summary>Raises the epoch of one's own lease: $1 client, $2 lease.</summary>
    public const string Renew =
        "update aldis_client set epoch = epoch + 1, claimed_at = now() where client = $1 and lease = $2 returning epoch, last";

    /// <summary>The CRCs of a client's last messages, whether they are still there or not: $1 client, $2 how many.</summary>
    public const string Crcs = """
        select m.seq, m.crc from aldis_client c cross join lateral (
            select seq, crc from aldis_message where client = c.client and seq > c.last - $2 and seq <= c.last
            union all
            select seq, crc from aldis_crc where client = c.client and seq > c.last - $2 and seq <= c.last
        ) m where c.client = $1 order by m.seq
        """;

    /// <summary>
    /// The look after a commit: where the log of the database is by now, and up to where a standby that is waited for has it on its disk.
    /// What the settings of a session say is no proof. One look serves all commits before it.
    /// </summary>
    public const string Look = $"""
        select (pg_current_wal_flush_lsn() - '0/0'::pg_lsn)::bigint, (select (max(flush_lsn) - '0/0'::pg_lsn)::bigint {FromStandbys})
        """;

    /// <summary>Forgets clients, $1, unless one is not there or has messages. The row stays, with the next epoch: a server that stood still
    /// must not find the one it knows. Answers with each client that is there, its last number, and whether it has messages; a client
    /// of which something was stored meanwhile counts as one.</summary>
    public const string Forget = """
        with locked as (
            select client, last from aldis_client where client = any($1) and last > 0 order by client for update
        ), seen as (
            select l.client, l.last, l.last <> s.last or exists (select from aldis_message m where m.client = l.client) as is_kept
            from locked l join aldis_client s on s.client = l.client
        ), forgotten as (
            select count(*) = cardinality($1::text[]) and not bool_or(is_kept) as is_so from seen
        ), without_crcs as (
            delete from aldis_crc r using forgotten f where f.is_so and r.client = any($1)
        ), anew as (
            update aldis_client c set last = 0, epoch = epoch + 1, lease = gen_random_uuid() from forgotten f where f.is_so and c.client = any($1)
        )
        select client, last, is_kept from seen
        """;

    /// <summary>A node's timeline; null in recovery.</summary>
    private const string Timeline = "case when pg_is_in_recovery() then null "
        + "else ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::bigint end";

    /// <summary>Whether commits wait for standbys.</summary>
    private const string WaitsForStandbys = "current_setting('synchronous_standby_names') <> ''";

    /// <summary>The standbys that are there of those commits can wait for.</summary>
    private const string FromStandbys = "from pg_stat_replication where sync_state in ('sync', 'quorum') and state = 'streaming'";

    /// <summary>What an operator asks a node: its timeline, or nothing in recovery; whether commits wait for standbys, and how many of those
    /// are there; who asks, and whether that user has what a server needs.</summary>
    public const string Inspect = $"""
        select {Timeline},
            {WaitsForStandbys},
            (select count(*) {FromStandbys}),
            current_user::text,
            to_regrole('aldis_writer') is not null and pg_has_role(current_user, 'aldis_writer', 'usage')
        """;

    /// <summary>How the database is: whether commits wait for standbys, how many of those are there, and how far the nearest one is behind.</summary>
    public const string State = $"""
        select {WaitsForStandbys}, count(*), (pg_current_wal_flush_lsn() - max(flush_lsn))::bigint
            {FromStandbys}
        """;

    /// <summary>The epochs of clients: $1.</summary>
    public const string Epochs = "select client, epoch from aldis_client where client = any($1)";

    /// <summary>Partitions: $1 how many seconds messages are kept or <see cref="ForEver"/>, $2 how many CRCs of each client.</summary>
    public const string Maintain = "select aldis_maintain(make_interval(secs => nullif($1::double precision, -1)), $2)";

    /// <summary>For seconds that never end.</summary>
    public const double ForEver = -1;

    /// <summary>What a node says of itself: its timeline, or nothing in recovery; whether commits wait for standbys, and how many
    /// standbys they could wait for.</summary>
    public const string Introduce = $"""
        select {Timeline},
            {WaitsForStandbys},
            (select count(*) from pg_stat_replication where sync_state in ('sync', 'quorum') or sync_state is null)
        """;
}

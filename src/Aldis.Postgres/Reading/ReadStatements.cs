namespace Aldis.Postgres.Reading;

/// <summary>What a reader asks the database.</summary>
internal static class ReadStatements
{
    /// <summary>Messages in the order in which they came: $1 client, $2 and $3 from when and until when, $4 how many of the first are left
    /// out. The plain form is stored under the names of servers.</summary>
    public const string Messages = $"{Columns} from aldis_message {Wanted} order by received_at, client, seq offset $4";

    /// <summary>How many there are: $1 to $3 as before.</summary>
    public const string Count = $"select count(*) from aldis_message {Wanted}";

    /// <summary>How far each client is: $1 client.</summary>
    public const string Lasts = "select client, last from aldis_client where client not like '@%' "
        + "and ($1::text is null or client = $1)";

    /// <summary>The servers' own names, under which the plain form is stored: $1 client.</summary>
    public const string Servers = "select client from aldis_client where client like '@%' and ($1::text is null or $1 = '')";

    /// <summary>The highest numbers under a server's name, the highest first: $1 the name. Lower ones are not under way any more: each
    /// connection that stores has one statement at a time.</summary>
    public const string LatestPlain = "select seq from aldis_message where client = $1 order by seq desc limit 20000";

    /// <summary>Messages of some ranges of numbers: $1 clients, $2 the number before each range, $3 its last number, $4 from when.</summary>
    public const string Ranges = $"""
        {Columns} from unnest($1::text[], $2::bigint[], $3::bigint[]) as r(sender, after, until)
        join aldis_message on client = r.sender and seq > r.after and seq <= r.until
        where received_at >= coalesce($4::timestamptz, '-infinity') order by received_at, client, seq
        """;

    /// <summary>What is remembered of each client.</summary>
    public const string Clients = """
        select c.client, c.last, count(m.seq), greatest(max(m.received_at), c.claimed_at)
        from aldis_client c left join aldis_message m on m.client = c.client
        where c.client not like '@%' and c.last > 0 group by c.client order by c.client
        """;

    /// <summary>Everything, client by client.</summary>
    public const string Everything = "select client, seq, crc, payload from aldis_message order by client, seq";

    private const string Columns = "select client, seq, received_at, peer, payload";

    private const string Wanted = """
        where ($1::text is null or client = $1 or ($1 = '' and client like '@%'))
            and received_at >= coalesce($2::timestamptz, '-infinity') and received_at < coalesce($3::timestamptz, 'infinity')
        """;
}

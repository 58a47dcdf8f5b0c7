namespace Aldis.Postgres.Reading;

/// <summary>What a reader asks the database.</summary>
internal static class ReadStatements
{
    /// <summary>How far each client is: $1 client.</summary>
    public const string Lasts = "select client, last from aldis_client where client not like '@%' "
        + "and ($1::text is null or client = $1)";

    /// <summary>The servers' own names, under which the plain form is stored: $1 client.</summary>
    public const string Servers = "select client from aldis_client where client like '@%' and ($1::text is null or $1 = '')";

    /// <summary>The highest numbers under a server's name, the highest first: $1 the name. Lower ones are not under way any more: each
    /// connection that stores has one statement at a time.</summary>
    public const string LatestPlain = "select seq from aldis_message where client = $1 order by seq desc limit 20000";

    /// <summary>Messages of some ranges of numbers: $1 clients, $2 the number before each range, $3 its last number, $4 from when.
    /// Each range is looked up by the index: a join might read the whole table instead.</summary>
    public const string Ranges = $"""
        {Columns} from unnest($1::text[], $2::bigint[], $3::bigint[]) as r(sender, after, until) cross join lateral (
            select * from aldis_message where client = r.sender and seq > r.after and seq <= r.until order by seq
        ) as m
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

    /// <summary>Each client with the first of its messages that are left.</summary>
    public const string Remains = """
        select c.client, c.last, coalesce((select min(m.seq) from aldis_message m where m.client = c.client), c.last + 1)
        from aldis_client c where c.client not like '@%' and c.last > 0 order by c.client
        """;

    /// <summary>The CRCs of messages that retention has dropped, client by client.</summary>
    public const string EarlierCrcs = "select client, seq, crc from aldis_crc order by client, seq";

    /// <summary>What is stored of the plain form.</summary>
    public const string Plain = "select received_at, peer, crc, octet_length(payload) from aldis_message where client like '@%'";

    /// <summary>Everything, about as it came, and each client's in the order of their numbers even where the clock was set back.</summary>
    public const string InOrder = """
        select client, seq, received_at, peer, payload
        from (select *, max(received_at) over (partition by client order by seq) as reached_at from aldis_message) as m
        order by reached_at, client, seq
        """;

    private const string Columns = "select client, seq, received_at, peer, payload";

    private const string InTime = "received_at >= coalesce($2::timestamptz, '-infinity') and received_at < coalesce($3::timestamptz, 'infinity')";

    /// <summary>Messages in the order in which they came: $1 the client, $2 and $3 from when and until when, $4 how many of the first are left
    /// out. Those of one client are in the order of the index, and come at once.</summary>
    public static string Messages(string? client) => client is null or ""
        ? $"{Columns} from aldis_message where {InTime} and {Sender(client)} order by received_at, client, seq offset $4"
        : $"{Columns} from aldis_message where {InTime} and {Sender(client)} order by seq offset $4";

    /// <summary>How many there are: $1 to $3 as before.</summary>
    public static string Count(string? client) => $"select count(*) from aldis_message where {InTime} and {Sender(client)}";

    // The plain form is stored under the names of servers.
    private static string Sender(string? client) => client switch
    {
        null => "$1::text is null",
        "" => "$1::text = '' and client like '@%'",
        _ => "client = $1::text",
    };
}

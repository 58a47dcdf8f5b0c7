namespace Aldis.Dashboard.Api;

/// <summary>Is it well? What the first page shows.</summary>
/// <param name="Time">When this was so.</param>
/// <param name="StartedAt">When the server started.</param>
/// <param name="Version">The version of Aldis.</param>
/// <param name="State"><c>well</c>, <c>degraded</c> (a listener is being opened again, a database takes nothing for
/// now) or <c>failed</c> (a store failed, a listener is
/// lost).</param>
/// <param name="Reasons">Why it is not well, a sentence each.</param>
/// <param name="OpenConnections">Connections that are open.</param>
/// <param name="Connections">Connections served since the server started.</param>
/// <param name="Refused">Connections refused since the server started.</param>
/// <param name="RefusedPerSecond">Connections refused in the last second.</param>
/// <param name="CommonestRefusal">The commonest reason of the refusals that are remembered, in words; null where there is none.</param>
/// <param name="Messages">Messages taken since the server started.</param>
/// <param name="MessagesPerSecond">Messages taken in the last second.</param>
/// <param name="Acknowledged">How long messages waited for their acknowledgement in the last ten seconds; null where none came, or
/// nothing is stored, or they are acknowledged on arrival (level received).</param>
/// <param name="Conversations">What is served.</param>
/// <param name="Store">The journal in which messages are kept; null where they are in none.</param>
/// <param name="Database">The database in which messages are kept; null where they are in none.</param>
/// <param name="History">The last ten minutes.</param>
/// <param name="Certificates">The certificates that are shown, the one that ends first first.</param>
/// <param name="AllowsControl">Whether the dashboard may change something (<c>--dashboard-control</c>).</param>
/// <param name="HasTokens">Whether clients show tokens (<c>--tokens</c>).</param>
internal sealed record OverviewView(
    DateTimeOffset Time,
    DateTimeOffset StartedAt,
    string Version,
    string State,
    IReadOnlyList<string> Reasons,
    int OpenConnections,
    long Connections,
    long Refused,
    double RefusedPerSecond,
    string? CommonestRefusal,
    long Messages,
    double MessagesPerSecond,
    TimesView? Acknowledged,
    IReadOnlyList<ConversationView> Conversations,
    StoreView? Store,
    DatabaseView? Database,
    HistoryView History,
    IReadOnlyList<CertificateView> Certificates,
    bool AllowsControl,
    bool HasTokens);

using Aldis.Cli.Logging;
using Aldis.Cli.Verbs.Serve.Admin;
using Aldis.Protocols.Messages;
using Aldis.Services.Hosting;
using Aldis.Services.Inbox;

namespace Aldis.Cli.Verbs.Serve;

/// <summary>What <c>aldis serve</c> was asked for.</summary>
internal sealed record ServeSettings(
    string[] Names,
    string Listen,
    string Data,
    DatabasePlace? Database,
    AcknowledgementLevel Level,
    bool Repair,
    TimeSpan? RetainAge,
    long? RetainSize,
    TimeSpan? ForgetAge,
    UnixFileMode? Mode,
    InboxOptions Files,
    ConnectionLimits Limits,
    StoreLimits Stored,
    DashboardPlace? Dashboard,
    AdminPlace? Admin,
    bool ShowPayload,
    bool Quiet,
    bool Verbose,
    string? Share,
    TokenPlace? Tokens,
    TlsDefaults Tls,
    LogSettings? Log)
{
    /// <summary>The host for what names none. Both loopback families answer unless it is said exactly where: clients may try ::1 first for
    /// "localhost".</summary>
    public string ListenHost => Listen == "127.0.0.1" ? "localhost" : Listen;
}

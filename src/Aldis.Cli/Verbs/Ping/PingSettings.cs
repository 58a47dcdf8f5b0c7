using System.Net.Sockets;

namespace Aldis.Cli.Verbs.Ping;

/// <summary>What a call of <c>aldis ping</c> asks for.</summary>
internal sealed record PingSettings(
    string Target, long Count, TimeSpan Interval, int? Size, TimeSpan Timeout, AddressFamily? Family, bool IsTraced, bool IsQuiet);

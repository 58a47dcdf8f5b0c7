using System.Collections.Frozen;

namespace Aldis.Cli.Verbs.Serve.Configuration;

/// <summary>Variables of the environment that begin as those of settings and are none.</summary>
internal static class ServeVariables
{
    /// <summary>Names the configuration file, as <c>--config</c> does.</summary>
    public const string File = "ALDIS_CONFIG";

    /// <summary>All of them.</summary>
    public static FrozenSet<string> Others { get; } = new[] { File, Fault.DetailsVariable, Link.LinkFiles.TokenVariable }.ToFrozenSet(StringComparer.Ordinal);
}

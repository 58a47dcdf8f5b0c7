namespace Aldis.Cli.Logging;

/// <summary>The log that a server is to keep.</summary>
/// <param name="Format">How its records are written.</param>
/// <param name="Levels">Which are.</param>
internal sealed record LogSettings(LogFormat Format, LogLevels Levels);

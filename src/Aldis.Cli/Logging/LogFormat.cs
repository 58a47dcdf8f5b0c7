namespace Aldis.Cli.Logging;

/// <summary>How records of a log are written.</summary>
internal enum LogFormat
{
    /// <summary>Time, level, category and event, then names with their values (logfmt): for people and <c>grep</c>.</summary>
    Text,

    /// <summary>One JSON object on each line.</summary>
    Json,
}

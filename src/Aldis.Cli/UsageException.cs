namespace Aldis.Cli;

/// <summary>What the user asked for cannot be done as asked (exit 2): a wrong argument, or a local file that is not there.</summary>
/// <param name="message">One sentence: what is wrong, with what, and what to do.</param>
internal sealed class UsageException(string message) : Exception(message);

namespace Aldis.Cli.Terminal;

/// <summary>Nobody reads standard output any more (EPIPE): the command ends without a word.</summary>
/// <param name="cause">What the system reported.</param>
internal sealed class OutputClosedException(IOException cause) : Exception(cause.Message, cause);

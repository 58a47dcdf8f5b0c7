using System.Runtime.CompilerServices;
using Aldis.Cli.Terminal;

namespace Aldis.Cli.Verbs.Send;

/// <summary>What <c>aldis send</c> was called with.</summary>
internal sealed record SendSettings
{
    public required string Address { get; init; }

    public required string[] Texts { get; init; }

    public required bool IsPlain { get; init; }

    public required string? Client { get; init; }

    public required string? Outbox { get; init; }

    public required bool SkipTaken { get; init; }

    /// <summary>How long to try without an acknowledgement; null where it was not given.</summary>
    public required TimeSpan? Retry { get; init; }

    public required TimeSpan? Timeout { get; init; }

    /// <summary>Whether every frame is shown.</summary>
    public required bool IsTraced { get; init; }

    public required bool IsQuiet { get; init; }

    /// <summary>The messages: the arguments, or the lines of standard input.</summary>
    /// <param name="context">Where standard input is.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <returns>Payloads, each valid until the next is asked for.</returns>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadPayloadsAsync(
        VerbContext context, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        if (Texts is not ([] or ["-"]))
        {
            foreach (string text in Texts)
            {
                context.Interruption.ThrowIfCancellationRequested();
                yield return ArgumentText.Encode(text);
            }

            yield break;
        }

        var lines = new InputLines(context.Console.Input);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(
            context.Interruption, context.OutputFailed, cancellationToken);
        while (await ReadAsync(lines, context, either.Token) is { } line)
        {
            yield return line;
        }
    }

    /// <summary>Reads a line. Where nobody can read what becomes of it the input ends: what was read is sent, no more is read.</summary>
    private static async Task<ReadOnlyMemory<byte>?> ReadAsync(InputLines lines, VerbContext context, CancellationToken either)
    {
        try
        {
            return await lines.ReadAsync(either);
        }
        catch (OperationCanceledException) when (context.OutputFailed.IsCancellationRequested)
        {
            return null;
        }
    }
}

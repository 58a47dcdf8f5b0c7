using Aldis.Cli.Terminal;

namespace Aldis.Cli.Verbs.Send;

/// <summary>
/// What <c>aldis send</c> was given to send: the arguments, or the lines of standard input. It also knows what was read already and
/// not asked for yet, so that nothing of that vanishes when sending ends early.
/// </summary>
internal sealed class SendInput(VerbContext context, string[] texts)
{
    private readonly InputLines? _lines = texts is [] or ["-"] ? new InputLines(context.Console.Input) : null;
    private int _nextText;

    /// <summary>Whether everything was asked for.</summary>
    public bool HasEnded
    {
        get => field || _lines is { IsUsedUp: true };
        private set;
    }

    /// <summary>Bytes of a last line that were read and whose end was not.</summary>
    public int UnfinishedBytes => HasEnded ? 0 : _lines?.HeldBytes ?? 0;

    /// <summary>Says to a person at a terminal that lines are waited for.</summary>
    /// <param name="people">Where people read.</param>
    public void Prompt(TextWriter people)
    {
        if (_lines is not null && context.Console.InputIsTerminal)
        {
            people.WriteLine("each line that is typed is a message; Ctrl-D ends");
        }
    }

    /// <summary>Reads the next payload.</summary>
    /// <param name="cancellationToken">Stops waiting for it.</param>
    /// <returns>The payload, valid until the next is asked for; null at the end.</returns>
    public async ValueTask<ReadOnlyMemory<byte>?> ReadAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (_lines is null)
        {
            return TryReadHeld(out ReadOnlyMemory<byte> text) ? text : default(ReadOnlyMemory<byte>?);
        }

        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, context.OutputFailed);
        ReadOnlyMemory<byte>? line;
        try
        {
            line = await _lines.ReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (context.OutputFailed.IsCancellationRequested)
        {
            // Nobody can read what becomes of it: what was read is sent, no more is read.
            line = null;
        }

        HasEnded = line is null;
        return line;
    }

    /// <summary>Takes what a read that was stopped brings all the same, within a moment.</summary>
    /// <param name="moment">How long to wait for it.</param>
    /// <returns>A task that ends then; what came is among what is here already.</returns>
    public Task TakePendingAsync(TimeSpan moment) => _lines?.TakePendingAsync(moment) ?? Task.CompletedTask;

    /// <summary>Takes the next payload that is here already.</summary>
    /// <param name="payload">The payload, valid until the next is asked for.</param>
    /// <returns>False if there is none.</returns>
    public bool TryReadHeld(out ReadOnlyMemory<byte> payload)
    {
        if (_lines is not null)
        {
            return _lines.TryReadHeld(out payload);
        }

        HasEnded = _nextText == texts.Length;
        payload = HasEnded ? default : ArgumentText.Encode(texts[_nextText++]);
        return !HasEnded;
    }

    /// <summary>Reads everything, one payload after the other.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>Payloads, each valid until the next is asked for.</returns>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAllAsync(
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (await ReadAsync(cancellationToken) is { } payload)
        {
            yield return payload;
        }
    }
}

namespace Aldis.Services.Files;

/// <summary>
/// What a source writes: gathered in one buffer while the other is on its way, so that small things go together and reading goes on while
/// writing does. One caller.
/// </summary>
/// <param name="write">Writes bytes, which are unchanged until the task ends.</param>
/// <param name="contentBytes">Bytes of a file that each of the two buffers holds beside what is said of them.</param>
internal sealed class TransferOutput(Func<ReadOnlyMemory<byte>, ValueTask> write, int contentBytes)
{
    private const int UnitsBytes = 256;

    private byte[] _filling = GC.AllocateUninitializedArray<byte>(contentBytes + UnitsBytes);
    private byte[] _emptying = GC.AllocateUninitializedArray<byte>(contentBytes + UnitsBytes);
    private Task _writing = Task.CompletedTask;
    private int _length;

    /// <summary>Where the next bytes go; at least as many as were asked for last, after <see cref="ReserveAsync"/>.</summary>
    public Memory<byte> Room => _filling.AsMemory(_length);

    /// <summary>Takes bytes that were put into <see cref="Room"/>.</summary>
    /// <param name="count">How many.</param>
    public void Advance(int count) => _length += count;

    /// <summary>Sees to it that there is room.</summary>
    /// <param name="bytes">How much, at most a small part of a buffer.</param>
    public ValueTask ReserveAsync(int bytes) => Room.Length >= bytes ? default : FlushAsync();

    /// <summary>Sends what was gathered on its way.</summary>
    /// <returns>A task that ends when the buffer before it was written.</returns>
    public async ValueTask FlushAsync()
    {
        if (_length == 0)
        {
            return;
        }

        await DrainAsync().ConfigureAwait(false);
        (_filling, _emptying) = (_emptying, _filling);
        ReadOnlyMemory<byte> bytes = _emptying.AsMemory(0, _length);
        _length = 0;

        // Elsewhere: a system that takes all of it at once would have the caller copy it there, and not read and hash the next meanwhile.
        _writing = Task.Run(() => write(bytes).AsTask());
    }

    /// <summary>Waits until everything that was sent on its way is written.</summary>
    public Task DrainAsync() => _writing;
}

using Aldis.Protocols.Files;
using Aldis.Protocols.Framing;
using Aldis.Services.Clients;
using Aldis.Transports.Addresses;

namespace Aldis.Services.Files;

/// <summary>What a client reads of a files server: units, and what follows them. One reader.</summary>
/// <param name="stream">The connection.</param>
/// <param name="address">Whose it is, for sentences.</param>
internal sealed class UnitInput(IClientStream stream, EndpointAddress address)
{
    private const int BufferBytes = 256 * 1024;

    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(BufferBytes);
    private int _begin;
    private int _end;

    /// <summary>Whether a byte has come.</summary>
    public bool HasRead { get; private set; }

    /// <summary>What is here and not taken.</summary>
    public ReadOnlyMemory<byte> Available => _buffer.AsMemory(_begin.._end);

    /// <summary>Takes what was dealt with.</summary>
    /// <param name="count">How many bytes.</param>
    public void Advance(int count) => _begin += count;

    /// <summary>Waits for more than is here.</summary>
    /// <param name="timeout">For how long; <see cref="Timeout.InfiniteTimeSpan"/> where the caller sees to it.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>False where the peer finished writing.</returns>
    public async ValueTask<bool> ReadMoreAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (_begin == _end)
        {
            (_begin, _end) = (0, 0);
        }
        else if (_end == BufferBytes)
        {
            _buffer.AsSpan(_begin, _end - _begin).CopyTo(_buffer);
            (_begin, _end) = (0, _end - _begin);
        }

        int read = await stream.ReadAsync(_buffer.AsMemory(_end), timeout, cancellationToken).ConfigureAwait(false);
        _end += read;
        HasRead |= read > 0;
        return read > 0;
    }

    /// <summary>Waits until so many bytes are here.</summary>
    /// <param name="count">How many, at most a part of the buffer.</param>
    /// <param name="timeout">For how long nothing may come.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>False where the peer finished writing before.</returns>
    public async ValueTask<bool> EnsureAsync(int count, TimeSpan timeout, CancellationToken cancellationToken)
    {
        while (_end - _begin < count)
        {
            if (!await ReadMoreAsync(timeout, cancellationToken).ConfigureAwait(false))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Reads the answer to the preface.</summary>
    /// <param name="timeout">For how long nothing may come.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>What the server takes.</returns>
    /// <exception cref="TransferFault">It turned the client away, or is no such server.</exception>
    public async ValueTask<FilesHello> ReadHelloAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        while (_end - _begin < ControlUnit.Size)
        {
            bool isMore = await ReadMoreAsync(timeout, cancellationToken).ConfigureAwait(false);
            int known = Math.Min(_end - _begin, PrefaceDetector.Prefix.Length);
            if (!Available.Span[..known].SequenceEqual(PrefaceDetector.Prefix[..known]))
            {
                throw TransferFault.NotNative(address, Available.Span);
            }

            if (!isMore)
            {
                throw TransferFault.ClosedEarly(address);
            }
        }

        ReadOnlySpan<byte> unit = Available.Span[..ControlUnit.Size];
        if (!FilesHello.TryParse(unit, out FilesHello hello, out PrefaceError error))
        {
            throw error == PrefaceError.None ? TransferFault.NotNative(address, unit) : TransferFault.Of(error, address);
        }

        Advance(ControlUnit.Size);
        return hello;
    }

    /// <summary>Throws where a unit is the server's last word.</summary>
    /// <param name="unit">The 64 bytes.</param>
    public void ThrowIfError(ReadOnlySpan<byte> unit)
    {
        if (ErrorUnit.TryParse(unit, out RefusalCode code))
        {
            throw TransferFault.Of(code, address);
        }
    }
}

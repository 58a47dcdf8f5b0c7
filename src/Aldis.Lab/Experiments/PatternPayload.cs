using Aldis.Protocols.Randomness;

namespace Aldis.Lab.Experiments;

/// <summary>Bytes that repeat after a period no frame size divides, compared as they arrive.</summary>
internal sealed class PatternPayload : ILabPayload
{
    private const int Period = 65_521; // a prime

    private static readonly byte[] Pattern = MakePattern();

    private long _read;

    /// <summary>Bytes that arrived.</summary>
    public long Delivered { get; private set; }

    /// <summary>Whether everything that arrived was what had been sent, in order.</summary>
    public bool IsIntact { get; private set; } = true;

    /// <inheritdoc/>
    public void Read(Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            ReadOnlySpan<byte> next = At(_read, destination.Length);
            next.CopyTo(destination);
            destination = destination[next.Length..];
            _read += next.Length;
        }
    }

    /// <inheritdoc/>
    public void Deliver(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            ReadOnlySpan<byte> expected = At(Delivered, bytes.Length);
            IsIntact &= bytes[..expected.Length].SequenceEqual(expected);
            bytes = bytes[expected.Length..];
            Delivered += expected.Length;
        }
    }

    private static ReadOnlySpan<byte> At(long offset, int length)
    {
        int start = (int)(offset % Period);
        return Pattern.AsSpan(start, Math.Min(length, Period - start));
    }

    private static byte[] MakePattern()
    {
        var pattern = new byte[Period];
        new SeededRandom(1).Fill(pattern);
        return pattern;
    }
}

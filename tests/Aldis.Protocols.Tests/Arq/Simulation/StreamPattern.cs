using Aldis.Protocols.Randomness;

namespace Aldis.Protocols.Tests.Arq.Simulation;

/// <summary>The bytes of a stream as a function of their position, so that a byte delivered at a wrong place is noticed.</summary>
internal sealed class StreamPattern
{
    // A prime: no frame size divides it, so that equal frames do not repeat at equal places.
    private const int Period = 65_521;

    private readonly byte[] _bytes = new byte[2 * Period];

    public StreamPattern(ulong seed)
    {
        new SeededRandom(seed).Fill(_bytes.AsSpan(0, Period));
        _bytes.AsSpan(0, Period).CopyTo(_bytes.AsSpan(Period));
    }

    /// <summary>At least one and at most <paramref name="maximum"/> bytes that stand at a position.</summary>
    public ReadOnlySpan<byte> At(long offset, long maximum) =>
        _bytes.AsSpan((int)(offset % Period), (int)Math.Min(maximum, Period));

    public bool Matches(long offset, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            ReadOnlySpan<byte> expected = At(offset, bytes.Length);
            if (!bytes[..expected.Length].SequenceEqual(expected))
            {
                return false;
            }

            bytes = bytes[expected.Length..];
            offset += expected.Length;
        }

        return true;
    }
}

using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Aldis.Protocols.Integrity;

/// <summary>
/// SHA-256, FIPS 180-4 section 6.2, for what is short: the runtime's is OpenSSL's on Linux, and ends the process where that is not installed. What
/// it does and how long it takes depends on the length alone. Begins with <see cref="Begin"/>; not thread-safe.
/// </summary>
internal struct Sha256
{
    /// <summary>Bytes of a hash.</summary>
    public const int HashBytes = 32;

    /// <summary>Bytes of a block, which HMAC has to know of.</summary>
    public const int BlockBytes = 64;

    private const int LengthBytes = sizeof(ulong);

    private State _state;
    private Block _block;
    private ulong _bytes;

    // The first 32 bits of the fractional parts of the cube roots of the first 64 primes (section 4.2.2).
    private static ReadOnlySpan<uint> Constants =>
    [
        0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
        0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
        0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
        0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
        0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
        0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
        0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
        0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
    ];

    // Those of the square roots of the first eight primes (section 5.3.3).
    private static ReadOnlySpan<uint> InitialState =>
        [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19];

    /// <summary>A hash of nothing yet.</summary>
    public static Sha256 Begin()
    {
        Sha256 hash = default;
        InitialState.CopyTo(hash._state);
        return hash;
    }

    /// <summary>The hash of bytes.</summary>
    /// <param name="data">The bytes.</param>
    /// <returns>32 bytes.</returns>
    public static byte[] HashData(ReadOnlySpan<byte> data)
    {
        byte[] result = new byte[HashBytes];
        HashData(data, result);
        return result;
    }

    /// <inheritdoc cref="HashData(ReadOnlySpan{byte})"/>
    /// <param name="data">The bytes.</param>
    /// <param name="destination">Takes 32 bytes; may be where the data is.</param>
    public static void HashData(ReadOnlySpan<byte> data, Span<byte> destination)
    {
        Sha256 hash = Begin();
        hash.Append(data);
        hash.Finish(destination);
    }

    /// <summary>Hashes more.</summary>
    /// <param name="data">What comes behind what was hashed before.</param>
    public void Append(ReadOnlySpan<byte> data)
    {
        int held = (int)(_bytes % BlockBytes);
        _bytes += (ulong)data.Length;
        Span<byte> block = _block;
        if (held > 0)
        {
            int taken = Math.Min(BlockBytes - held, data.Length);
            data[..taken].CopyTo(block[held..]);
            data = data[taken..];
            if (held + taken < BlockBytes)
            {
                return;
            }

            Compress(_state, block);
        }

        for (; data.Length >= BlockBytes; data = data[BlockBytes..])
        {
            Compress(_state, data[..BlockBytes]);
        }

        data.CopyTo(block);
    }

    /// <summary>Ends: the padding of section 5.1.1, a bit and zeros up to the length in bits.</summary>
    /// <param name="destination">Takes 32 bytes.</param>
    public void Finish(Span<byte> destination)
    {
        Span<byte> block = _block;
        int held = (int)(_bytes % BlockBytes);
        block[held++] = 0x80;
        block[held..].Clear();
        if (held > BlockBytes - LengthBytes)
        {
            Compress(_state, block);
            block.Clear();
        }

        BinaryPrimitives.WriteUInt64BigEndian(block[^LengthBytes..], _bytes * 8);
        Compress(_state, block);
        ReadOnlySpan<uint> state = _state;
        for (int at = 0; at < state.Length; at++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(destination[(at * sizeof(uint))..], state[at]);
        }
    }

    private static void Compress(Span<uint> state, ReadOnlySpan<byte> block)
    {
        Span<uint> schedule = stackalloc uint[64];
        for (int at = 0; at < 16; at++)
        {
            schedule[at] = BinaryPrimitives.ReadUInt32BigEndian(block[(at * sizeof(uint))..]);
        }

        for (int at = 16; at < schedule.Length; at++)
        {
            uint early = schedule[at - 15];
            uint late = schedule[at - 2];
            schedule[at] = schedule[at - 16] + schedule[at - 7]
                + (BitOperations.RotateRight(early, 7) ^ BitOperations.RotateRight(early, 18) ^ (early >> 3))
                + (BitOperations.RotateRight(late, 17) ^ BitOperations.RotateRight(late, 19) ^ (late >> 10));
        }

        (uint a, uint b, uint c, uint d) = (state[0], state[1], state[2], state[3]);
        (uint e, uint f, uint g, uint h) = (state[4], state[5], state[6], state[7]);
        // Eight at a time: each round moves the names of the eight words by one, and then they are back where they were.
        for (int at = 0; at < schedule.Length; at += 8)
        {
            ReadOnlySpan<uint> constants = Constants.Slice(at, 8);
            ReadOnlySpan<uint> words = schedule.Slice(at, 8);
            Round(a, b, c, ref d, e, f, g, ref h, constants[0] + words[0]);
            Round(h, a, b, ref c, d, e, f, ref g, constants[1] + words[1]);
            Round(g, h, a, ref b, c, d, e, ref f, constants[2] + words[2]);
            Round(f, g, h, ref a, b, c, d, ref e, constants[3] + words[3]);
            Round(e, f, g, ref h, a, b, c, ref d, constants[4] + words[4]);
            Round(d, e, f, ref g, h, a, b, ref c, constants[5] + words[5]);
            Round(c, d, e, ref f, g, h, a, ref b, constants[6] + words[6]);
            Round(b, c, d, ref e, f, g, h, ref a, constants[7] + words[7]);
        }

        state[0] += a;
        state[1] += b;
        state[2] += c;
        state[3] += d;
        state[4] += e;
        state[5] += f;
        state[6] += g;
        state[7] += h;
    }

    /// <summary>One round of section 6.2.2, step 3: of the eight words two change.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Round(uint a, uint b, uint c, ref uint d, uint e, uint f, uint g, ref uint h, uint input)
    {
        uint first = h + input + (BitOperations.RotateRight(e, 6) ^ BitOperations.RotateRight(e, 11) ^ BitOperations.RotateRight(e, 25))
            + ((e & f) ^ (~e & g));
        d += first;
        h = first + (BitOperations.RotateRight(a, 2) ^ BitOperations.RotateRight(a, 13) ^ BitOperations.RotateRight(a, 22))
            + ((a & b) ^ (a & c) ^ (b & c));
    }

    [InlineArray(8)]
    private struct State
    {
        private uint _first;
    }

    [InlineArray(BlockBytes)]
    private struct Block
    {
        private byte _first;
    }
}

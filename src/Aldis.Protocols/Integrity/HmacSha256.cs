namespace Aldis.Protocols.Integrity;

/// <summary>HMAC with SHA-256, RFC 2104 section 2: proves that bytes come from somebody who has the key.</summary>
internal static class HmacSha256
{
    /// <summary>Bytes of a code.</summary>
    public const int CodeBytes = Sha256.HashBytes;

    private const byte InnerPad = 0x36;
    private const byte OuterPad = 0x5c;

    /// <summary>The authentication code of bytes.</summary>
    /// <param name="key">The key, of any length.</param>
    /// <param name="data">The bytes.</param>
    /// <param name="destination">Takes 32 bytes.</param>
    public static void HashData(ReadOnlySpan<byte> key, ReadOnlySpan<byte> data, Span<byte> destination)
    {
        Span<byte> pad = stackalloc byte[Sha256.BlockBytes];
        pad.Clear();
        if (key.Length > pad.Length)
        {
            Sha256.HashData(key, pad);
        }
        else
        {
            key.CopyTo(pad);
        }

        Mask(pad, InnerPad);
        Sha256 inner = Sha256.Begin();
        inner.Append(pad);
        inner.Append(data);
        Span<byte> code = stackalloc byte[Sha256.HashBytes];
        inner.Finish(code);

        Mask(pad, InnerPad ^ OuterPad);
        Sha256 outer = Sha256.Begin();
        outer.Append(pad);
        outer.Append(code);
        outer.Finish(destination);
    }

    private static void Mask(Span<byte> bytes, byte mask)
    {
        foreach (ref byte one in bytes)
        {
            one ^= mask;
        }
    }
}

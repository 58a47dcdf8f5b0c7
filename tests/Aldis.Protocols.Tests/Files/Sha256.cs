using System.Security.Cryptography;
using Aldis.Protocols.Files;

namespace Aldis.Protocols.Tests.Files;

/// <summary>SHA-256 as a hash of transfers.</summary>
internal sealed class Sha256 : ContentHash
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    public override void Append(ReadOnlySpan<byte> data) => _hash.AppendData(data);

    public override ContentDigest Finish()
    {
        Span<byte> digest = stackalloc byte[ContentDigest.Size];
        _ = _hash.GetHashAndReset(digest);
        return new ContentDigest(digest);
    }

    public override void Dispose() => _hash.Dispose();
}

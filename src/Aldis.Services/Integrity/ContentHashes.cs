using System.Security.Cryptography;
using Aldis.Protocols.Files;
using Aldis.Protocols.Integrity;
using Aldis.Transports.Tls;
using Blake3;

namespace Aldis.Services.Integrity;

/// <summary>The digest algorithms of file transfers.</summary>
internal static class ContentHashes
{
    /// <inheritdoc cref="ContentHash.Create"/>
    public static ContentHash Create(DigestAlgorithm algorithm) => algorithm switch
    {
        DigestAlgorithm.Blake3 => LinkedBlake3Hash.IsLinked ? new LinkedBlake3Hash() : new Blake3Hash(),
        DigestAlgorithm.Sha256 => OpenSsl.IsThere ? new SystemSha256Hash() : new Sha256Hash(),
        _ => throw new ArgumentOutOfRangeException(nameof(algorithm)),
    };

    private sealed class Blake3Hash : ContentHash
    {
        private readonly Hasher _hasher = Hasher.New();

        public override void Append(ReadOnlySpan<byte> data) => _hasher.Update(data);

        public override ContentDigest Finish()
        {
            Span<byte> digest = stackalloc byte[ContentDigest.Size];
            _hasher.Finalize(digest);
            _hasher.Reset();
            return new ContentDigest(digest);
        }

        public override void Dispose() => _hasher.Dispose();
    }

    /// <summary>The system's, which uses instructions for it where the processor has some.</summary>
    private sealed class SystemSha256Hash : ContentHash
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

    private sealed class Sha256Hash : ContentHash
    {
        private Sha256 _hash = Sha256.Begin();

        public override void Append(ReadOnlySpan<byte> data) => _hash.Append(data);

        public override ContentDigest Finish()
        {
            Span<byte> digest = stackalloc byte[ContentDigest.Size];
            _hash.Finish(digest);
            _hash = Sha256.Begin();
            return new ContentDigest(digest);
        }

        public override void Dispose()
        {
        }
    }
}

using Aldis.Protocols.Files;
using Aldis.Services.Integrity;

namespace Aldis.Services.Tests.Integrity;

public sealed class ContentHashesTests
{
    // The first from the package's documentation (and b3sum), the second from sha256sum.
    [Theory]
    [InlineData(DigestAlgorithm.Blake3, "f890484173e516bfd935ef3d22b912dc9738de38743993cfedf2c9473b3216a4")]
    [InlineData(DigestAlgorithm.Sha256, "6cf8f5eaedc8195014ef0ac1f02e898127d141d48cde54cebacb6773856f01d8")]
    internal void A_digest_is_the_one_that_other_tools_compute_also_the_second_time(DigestAlgorithm algorithm, string expected)
    {
        using ContentHash hash = ContentHashes.Create(algorithm);
        for (int time = 0; time < 2; time++)
        {
            hash.Append("BLA"u8);
            hash.Append("KE3"u8);
            Assert.Equal(expected, hash.Finish().ToString());
        }
    }
}

using System.Buffers;
using Aldis.Protocols.Files;
using Aldis.Services.Integrity;

namespace Aldis.Services.Tests.Integrity;

public sealed class GatheringHashTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(4096)]
    [InlineData(69_632)]
    [InlineData(262_144)]
    [InlineData(700_000)]
    public void The_digest_is_that_of_the_whole_in_whatever_pieces_it_comes(int piece)
    {
        byte[] content = new byte[piece == 1 ? 40_000 : 3_000_001];
        new Random(piece).NextBytes(content);
        using ContentHash plain = ContentHashes.Create(DigestAlgorithm.Blake3);
        using var gathering = new GatheringHash(ContentHashes.Create(DigestAlgorithm.Blake3));
        for (int time = 0; time < 2; time++)
        {
            plain.Append(content);
            for (int offset = 0; offset < content.Length; offset += piece)
            {
                gathering.Append(new ReadOnlySequence<byte>(content, offset, Math.Min(piece, content.Length - offset)));
            }

            Assert.Equal(plain.Finish(), gathering.Finish());
        }
    }
}

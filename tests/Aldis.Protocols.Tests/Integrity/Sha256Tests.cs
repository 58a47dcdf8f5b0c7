using System.Security.Cryptography;
using System.Text;
using Aldis.Protocols.Integrity;

namespace Aldis.Protocols.Tests.Integrity;

public sealed class Sha256Tests
{
    // The examples of NIST to FIPS 180-4, and of nothing at all.
    [Theory]
    [InlineData("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [InlineData("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")]
    [InlineData(
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1")]
    public void The_hash_is_the_one_of_the_standard(string text, string expected) =>
        Assert.Equal(expected, Convert.ToHexStringLower(Sha256.HashData(Encoding.ASCII.GetBytes(text))));

    [Fact]
    public void Every_length_agrees_with_the_runtime()
    {
        byte[] bytes = Bytes(700);
        for (int length = 0; length <= bytes.Length; length++)
        {
            Assert.Equal(SHA256.HashData(bytes.AsSpan(0, length)), Sha256.HashData(bytes.AsSpan(0, length)));
        }
    }

    [Fact]
    public void It_does_not_matter_in_which_pieces_bytes_come()
    {
        byte[] bytes = Bytes(300);
        byte[] expected = SHA256.HashData(bytes);
        for (int first = 0; first <= 130; first++)
        {
            for (int second = 0; second <= 130; second += 13)
            {
                Sha256 hash = Sha256.Begin();
                hash.Append(bytes.AsSpan(0, first));
                hash.Append(bytes.AsSpan(first, second));
                hash.Append(bytes.AsSpan(first + second));
                byte[] got = new byte[Sha256.HashBytes];
                hash.Finish(got);
                Assert.Equal(expected, got);
            }
        }
    }

    // RFC 4231, cases 1, 2 and 6: a short key, a shorter one, and one longer than a block.
    [Theory]
    [InlineData(
        "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7")]
    [InlineData("4a656665", "what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")]
    [InlineData(
        "131 times aa", "Test Using Larger Than Block-Size Key - Hash Key First", "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54")]
    public void The_code_is_the_one_of_the_standard(string key, string text, string expected)
    {
        byte[] keyBytes = key == "131 times aa" ? [.. Enumerable.Repeat((byte)0xaa, 131)] : Convert.FromHexString(key);
        byte[] code = new byte[HmacSha256.CodeBytes];
        HmacSha256.HashData(keyBytes, Encoding.ASCII.GetBytes(text), code);
        Assert.Equal(expected, Convert.ToHexStringLower(code));
    }

    [Fact]
    public void A_code_with_a_key_of_any_length_agrees_with_the_runtime()
    {
        byte[] bytes = Bytes(200);
        byte[] code = new byte[HmacSha256.CodeBytes];
        for (int length = 0; length <= 140; length++)
        {
            HmacSha256.HashData(bytes.AsSpan(0, length), bytes.AsSpan(length), code);
            Assert.Equal(HMACSHA256.HashData(bytes.AsSpan(0, length), bytes.AsSpan(length)), code);
        }
    }

    private static byte[] Bytes(int count)
    {
        byte[] bytes = new byte[count];
        new Random(1).NextBytes(bytes);
        return bytes;
    }
}

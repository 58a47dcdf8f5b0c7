using System.Buffers.Binary;
using System.Numerics;
using Aldis.Protocols.Integrity;
using FsCheck;
using FsCheck.Fluent;

namespace Aldis.Protocols.Tests.Integrity;

public sealed class InternetChecksumTests
{
    [Fact]
    public void It_is_that_of_the_example_of_the_RFC() =>
        Assert.Equal(0xFFFF ^ 0xDDF2, InternetChecksum.Compute(Convert.FromHexString("0001f203f4f5f6f7")));

    [Fact]
    public void It_is_that_of_a_header_of_IPv4() =>
        Assert.Equal(0xB861, InternetChecksum.Compute(Convert.FromHexString("450000730000400040110000c0a80001c0a800c7")));

    [Fact]
    public void It_is_what_the_sum_modulo_65535_leaves() =>
        Prop.ForAll<byte[]>(static data => Assert.Equal(Slow(data), InternetChecksum.Compute(data))).QuickCheckThrowOnFailure();

    [Fact]
    public void Bytes_with_their_own_checksum_have_none() => Prop.ForAll<byte[]>(static data =>
    {
        byte[] packet = [0, 0, .. data];
        BinaryPrimitives.WriteUInt16BigEndian(packet, InternetChecksum.Compute(packet));
        Assert.Equal(0, InternetChecksum.Compute(packet));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void The_longest_packet_overflows_nothing() =>
        Assert.Equal(0, InternetChecksum.Compute(Enumerable.Repeat(byte.MaxValue, 65_534).ToArray()));

    /// <summary>Another way to the same: a number of base 65536 has the remainder of the sum of its digits.</summary>
    private static int Slow(byte[] data)
    {
        byte[] even = data.Length % 2 == 0 ? data : [.. data, 0];
        var number = new BigInteger(even, isUnsigned: true, isBigEndian: true);
        int sum = (int)(number % 65_535);
        return sum == 0 && !number.IsZero ? 0 : 65_535 - sum;
    }
}

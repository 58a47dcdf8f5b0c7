namespace Aldis.Cli.Tests.KillProof;

/// <summary>The judge of the kill proof finds what it is there to find.</summary>
public sealed class ProofAccountTests
{
    [Theory]
    [InlineData(3, new long[] { 1, 2, 3 }, 0, 0, 0)]
    [InlineData(3, new long[] { 1, 2, 3, 4 }, 0, 0, 0)]
    [InlineData(3, new long[] { 1, 2 }, 1, 0, 0)]
    [InlineData(3, new long[] { 1, 3 }, 1, 0, 1)]
    [InlineData(3, new long[] { 1, 2, 2, 3 }, 0, 1, 1)]
    [InlineData(3, new long[] { 1, 3, 2 }, 0, 0, 2)]
    [InlineData(2, new long[0], 2, 0, 0)]
    public void Lost_repeated_and_misplaced_messages_of_a_native_client_are_counted(
        long acknowledged, long[] stored, long lost, long repeats, long outOfOrder)
    {
        var account = new ProofAccount("native-1", isNative: true);
        Assert.Equal(acknowledged, account.Acknowledge(acknowledged));
        foreach (long item in stored)
        {
            account.Store(item);
        }

        Assert.Equal((lost, repeats, outOfOrder), (account.Lost, account.Repeats, account.OutOfOrder));
    }

    [Fact]
    public void Any_changed_byte_of_a_message_is_noticed()
    {
        byte[] payload = ProofMessage.Create("plain-3", 12);
        Assert.Equal(ProofMessage.LengthOf("plain-3", 12), payload.Length);
        Assert.True(ProofMessage.TryRead(payload, out string client, out long item));
        Assert.Equal(("plain-3", 12L), (client, item));
        for (int i = 0; i < payload.Length; i++)
        {
            byte[] changed = [.. payload];
            changed[i] ^= 1;
            Assert.False(ProofMessage.TryRead(changed, out client, out item) && (client, item) == ("plain-3", 12L), $"byte {i}");
        }
    }
}

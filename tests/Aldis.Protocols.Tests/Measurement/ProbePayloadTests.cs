using Aldis.Protocols.Measurement;

namespace Aldis.Protocols.Tests.Measurement;

public sealed class ProbePayloadTests
{
    [Theory]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(24)]
    [InlineData(65_507)]
    public void What_was_written_is_read(int size)
    {
        byte[] payload = new byte[size];
        ProbePayload.Write(payload, 0xFEED, 42);
        Assert.True(ProbePayload.TryRead(payload, 0xFEED, size, out long sequence));
        Assert.Equal(42, sequence);
    }

    [Fact]
    public void The_number_stands_at_offset_8_behind_that_of_the_run()
    {
        byte[] payload = new byte[16];
        ProbePayload.Write(payload, 0x1122334455667788, 1);
        Assert.Equal([0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0, 0, 0, 0, 0, 0, 0, 1], payload);
    }

    [Fact]
    public void Every_changed_byte_is_noticed()
    {
        byte[] payload = new byte[45];
        ProbePayload.Write(payload, 7, 1);
        for (int index = 0; index < payload.Length; index++)
        {
            payload[index] ^= 0x20;
            bool isRead = ProbePayload.TryRead(payload, 7, payload.Length, out _);
            payload[index] ^= 0x20;

            // Sixteen bytes have no pattern: there another number is a valid one, and the ledger judges it.
            Assert.False(isRead, $"byte {index}");
        }
    }

    [Fact]
    public void Another_run_another_size_and_too_few_bytes_are_refused()
    {
        byte[] payload = new byte[32];
        ProbePayload.Write(payload, 7, 1);
        Assert.False(ProbePayload.TryRead(payload, 8, 32, out _));
        Assert.False(ProbePayload.TryRead(payload.AsSpan(0, 31), 7, 32, out _));
        Assert.False(ProbePayload.TryRead(payload.AsSpan(0, 8), 7, 8, out _));
        Assert.Throws<ArgumentException>(() => ProbePayload.Write(new byte[15], 7, 1));
    }
}

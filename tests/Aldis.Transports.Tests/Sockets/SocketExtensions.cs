using System.Net.Sockets;

namespace Aldis.Transports.Tests.Sockets;

/// <summary>What the clients of these tests do.</summary>
internal static class SocketExtensions
{
    // A bound on a test that hangs, not an expectation.
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static async Task SendAllAsync(this Socket socket, ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[await socket.SendAsync(bytes, TestContext.Current.CancellationToken)..];
        }
    }

    public static async Task<byte[]> ReceiveExactlyAsync(this Socket socket, int count)
    {
        byte[] received = new byte[count];
        for (int done = 0; done < count;)
        {
            int got = await socket.ReceiveAsync(received.AsMemory(done), TestContext.Current.CancellationToken);
            Assert.True(got > 0, $"the stream ended after {done} of {count} bytes");
            done += got;
        }

        return received;
    }

    public static async Task<byte[]> ReceiveToEndAsync(this Socket socket)
    {
        using var all = new MemoryStream();
        byte[] buffer = new byte[64 * 1024];
        while (true)
        {
            int got = await socket.ReceiveAsync(buffer, TestContext.Current.CancellationToken);
            if (got == 0)
            {
                return all.ToArray();
            }

            await all.WriteAsync(buffer.AsMemory(0, got), TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Closes so that the other side sees a reset.</summary>
    public static void Reset(this Socket socket)
    {
        socket.LingerState = new LingerOption(enable: true, seconds: 0);
        socket.Dispose();
    }

    public static byte[] Pattern(int count, int seed = 0)
    {
        byte[] bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    /// <summary>Compares at the speed that megabytes want.</summary>
    public static void AssertSame(byte[] expected, byte[] actual)
    {
        int same = expected.AsSpan().CommonPrefixLength(actual);
        Assert.True(
            same == expected.Length && same == actual.Length,
            $"{actual.Length} bytes instead of {expected.Length}; they differ from byte {same}");
    }
}

using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;

namespace Aldis.Transports.Tests.Connections;

/// <summary>What the servers of these tests do with a connection.</summary>
internal static class Handlers
{
    public static async Task Echo(ConnectionContext connection)
    {
        PipeReader input = connection.Transport.Input;
        while (true)
        {
            ReadResult read = await input.ReadAsync();
            foreach (ReadOnlyMemory<byte> segment in read.Buffer)
            {
                _ = await connection.Transport.Output.WriteAsync(segment);
            }

            input.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
            {
                return;
            }
        }
    }

    /// <summary>Defective on purpose: shows that the checks of the echo notice.</summary>
    public static async Task EchoThatSwapsTwoBytes(ConnectionContext connection)
    {
        PipeReader input = connection.Transport.Input;
        while (true)
        {
            ReadResult read = await input.ReadAsync();
            byte[] bytes = read.Buffer.ToArray();
            bytes.AsSpan(0, Math.Min(2, bytes.Length)).Reverse();
            _ = await connection.Transport.Output.WriteAsync(bytes);
            input.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
            {
                return;
            }
        }
    }

    /// <summary>Lets a handler wait until its client is there and knows it.</summary>
    public static async Task SkipOneByteAsync(PipeReader input)
    {
        ReadResult read = await input.ReadAsync();
        input.AdvanceTo(read.Buffer.GetPosition(1));
    }

    /// <summary>Reads without consuming until the peer finished.</summary>
    public static async Task<byte[]> ReadToEndWithoutConsumingAsync(PipeReader input)
    {
        while (true)
        {
            ReadResult read = await input.ReadAsync();
            if (read.IsCompleted)
            {
                byte[] all = read.Buffer.ToArray();
                input.AdvanceTo(read.Buffer.End);
                return all;
            }

            input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }
}

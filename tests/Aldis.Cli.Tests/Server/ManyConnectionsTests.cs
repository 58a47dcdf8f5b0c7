using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Aldis.Tests;

namespace Aldis.Cli.Tests.Server;

public sealed class ManyConnectionsTests
{
    private const int Idle = 10_000;
    private const int PerAddress = 1000;

    [Fact]
    public async Task Ten_thousand_idle_connections_are_served_beside_active_ones()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux has all of 127.0.0.0/8 on loopback.");
        Assert.SkipUnless(
            DescriptorLimit() >= Idle + 1000,
            $"A process may open fewer than {Idle + 1000} files here: raise the hard limit (ulimit -Hn).");
        await using AldisProcess server = await AldisProcess.ServeAsync("echo=127.0.0.1:0");
        IPEndPoint echo = server.EndPoints["echo/tcp"];
        List<Socket> idle = [];
        try
        {
            for (int count = 0; count < Idle; count++)
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                idle.Add(socket);
                socket.Bind(new IPEndPoint(new IPAddress([127, 0, 1, (byte)(1 + (count / PerAddress))]), 0));
                socket.Connect(echo);
            }

            using LabClient active = await server.ConnectAsync("echo");
            for (int round = 0; round < 1000; round++)
            {
                await active.SendAsync("Hello, world");
                Assert.Equal("Hello, world", await active.ReceiveTextAsync(12));
            }

            // Each of the idle ones is served the moment it speaks, the first and the last included.
            byte[] answer = new byte[1];
            foreach (Socket socket in idle.Where((_, index) => index % 99 == 0))
            {
                socket.ReceiveTimeout = (int)LabClient.Patience.TotalMilliseconds;
                socket.Send("x"u8);
                Assert.Equal(1, socket.Receive(answer));
            }

            await server.StopAsync();
            Assert.Equal("aldis: stopped; 10001 connections served, 0 refused.", server.ErrorLines[^1]);
        }
        finally
        {
            idle.ForEach(socket => socket.Dispose());
        }
    }

    private static int DescriptorLimit()
    {
        string line = File.ReadLines("/proc/self/limits").First(text => text.StartsWith("Max open files", StringComparison.Ordinal));
        string hard = line["Max open files".Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[1];
        return int.TryParse(hard, NumberStyles.None, CultureInfo.InvariantCulture, out int limit) ? limit : int.MaxValue;
    }
}

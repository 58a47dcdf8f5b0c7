using System.Net;
using Aldis.Cli.Terminal;
using Aldis.Services.Hosting;

namespace Aldis.Cli.Tests.Terminal;

public sealed class ServingLineTests
{
    private static readonly (string Name, int Port)[] Default = [("ack", 8000), ("echo", 12345), ("exchange", 8888), ("files", 65432), ("messages", 9999)];

    [Theory]
    [InlineData(
        200,
        "Serving ack 8000 (tcp arq), echo 12345 (tcp arq), exchange 8888 (tcp arq), files 65432 (tcp arq), messages 9999 (tcp arq) on 127.0.0.1 "
            + "and ::1. Ctrl-C stops.")]
    [InlineData(120, "Serving ack 8000, echo 12345, exchange 8888, files 65432, messages 9999 on 127.0.0.1 and ::1. Ctrl-C stops.")]
    [InlineData(90, "Serving ack 8000, echo 12345, exchange 8888, files 65432, messages 9999. Ctrl-C stops.")]
    [InlineData(80, "ack 8000, echo 12345, exchange 8888, files 65432, messages 9999. Ctrl-C stops.")]
    [InlineData(60, "ack, echo, exchange, files, messages. Ctrl-C stops.")]
    [InlineData(20, "ack, echo, exchange, files, messages. Ctrl-C stops.")]
    public void It_says_what_is_served_and_how_to_stop_in_the_columns_there_are(int columns, string line)
    {
        BoundEndpoint[] endpoints =
        [
            .. from name in Default
               from protocol in new[] { "tcp", "arq" }
               from host in new[] { IPAddress.Loopback, IPAddress.IPv6Loopback }
               select new BoundEndpoint(name.Name, protocol, new IPEndPoint(host, name.Port)),
        ];
        Assert.Equal(line, ServingLine.Of(endpoints, columns));
    }

    [Fact]
    public void Every_port_and_path_of_a_conversation_is_there() => Assert.Equal(
        "Serving echo 1 2 (tcp udp), ack /run/ack (unix) on 10.0.0.1. Ctrl-C stops.",
        ServingLine.Of(
            [
                new BoundEndpoint("echo", "tcp", new IPEndPoint(IPAddress.Parse("10.0.0.1"), 1)),
                new BoundEndpoint("echo", "udp", new IPEndPoint(IPAddress.Parse("10.0.0.1"), 2)),
                new BoundEndpoint("ack", "unix", new System.Net.Sockets.UnixDomainSocketEndPoint("/run/ack")),
            ],
            80));
}

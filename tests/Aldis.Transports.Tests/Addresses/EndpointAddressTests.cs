using Aldis.Transports.Addresses;

namespace Aldis.Transports.Tests.Addresses;

public sealed class EndpointAddressTests
{
    [Theory]
    [InlineData("127.0.0.1:8000", TransportScheme.Tcp, "127.0.0.1", 8000)]
    [InlineData("localhost:0", TransportScheme.Tcp, "localhost", 0)]
    [InlineData(":9000", TransportScheme.Tcp, "", 9000)]
    [InlineData("9000", TransportScheme.Tcp, "", 9000)]
    [InlineData("example", TransportScheme.Tcp, "example", null)]
    [InlineData("[::1]:9000", TransportScheme.Tcp, "::1", 9000)]
    [InlineData("tcp://[::1]:9000", TransportScheme.Tcp, "::1", 9000)]
    [InlineData("TLS://host:443/", TransportScheme.Tls, "host", 443)]
    [InlineData("udp://host:65535", TransportScheme.Udp, "host", 65535)]
    [InlineData("arq://host:9999", TransportScheme.Arq, "host", 9999)]
    [InlineData("ARQ+tls://[::1]", TransportScheme.ArqTls, "::1", null)]
    public void A_place_is_read(string text, TransportScheme scheme, string host, int? port)
    {
        EndpointAddress address = EndpointAddress.Parse(text);
        Assert.Equal((scheme, host, port), (address.Scheme, address.Host, address.Port));
    }

    [Theory]
    [InlineData("unix:/run/aldis.sock", "/run/aldis.sock")]
    [InlineData("unix:@aldis", "@aldis")]
    public void A_path_is_read(string text, string path) => Assert.Equal(path, EndpointAddress.Parse(text).Path);

    [Theory]
    [InlineData("", "host:port")]
    [InlineData("host:", "port")]
    [InlineData("host:65536", "0 to 65535")]
    [InlineData("host:-1", "0 to 65535")]
    [InlineData("host:12a", "0 to 65535")]
    [InlineData("::1:9000", "[::1]:9000")]
    [InlineData("[::1:9000", "[::1]:9000")]
    [InlineData("[host]:9000", "[::1]:9000")]
    [InlineData("[::1]9000", "[::1]:9000")]
    [InlineData("http://host:80", "unknown scheme 'http'")]
    [InlineData("ho st:80", "no host name")]
    [InlineData("user@host:80", "no host name")]
    [InlineData("unix:", "names no path")]
    [InlineData("unix+seqpacket:", "names no path: write unix+seqpacket:/path/to/socket.")]
    [InlineData("vsock:2:5000", "is a socket between a virtual machine and its host (AF_VSOCK), which aldis does not speak")]
    [InlineData("unix+dgram:@", "names no path: write unix+dgram:/path/to/socket.")]
    [InlineData("host:80?=1", "without a name")]
    [InlineData("host:80?a=1&a=2", "twice")]
    public void What_is_no_address_is_refused_with_what_is_wrong(string text, string part)
    {
        Assert.False(EndpointAddress.TryParse(text, out _, out string? error));
        Assert.Contains(part, error, StringComparison.Ordinal);
        Assert.Equal(error, Assert.Throws<FormatException>(() => EndpointAddress.Parse(text)).Message);
    }

    [Fact]
    public void A_path_longer_than_a_socket_can_have_is_refused()
    {
        Assert.True(EndpointAddress.TryParse("unix:/" + new string('a', 106), out _, out _));
        Assert.False(EndpointAddress.TryParse("unix:/" + new string('a', 107), out _, out string? error));
        Assert.Contains("107 bytes", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_are_read_from_the_query()
    {
        EndpointAddress address = EndpointAddress.Parse("tls://host:1?cafile=a%20b.pem&insecure&lines=0");
        Assert.Equal("a b.pem", address.Options["cafile"]);
        Assert.True(address.HasOption("insecure"));
        Assert.False(address.HasOption("lines"));
        Assert.False(address.HasOption("other"));
    }

    [Theory]
    [InlineData("host", "tcp://host:8000")]
    [InlineData(":9", "tcp://localhost:9")]
    [InlineData("tcp://[::1]", "tcp://[::1]:8000")]
    [InlineData("unix:/a?b=1", "unix:/a?b=1")]
    [InlineData("UNIX+seqpacket:/a", "unix+seqpacket:/a")]
    [InlineData("unix+dgram:@a", "unix+dgram:@a")]
    public void Defaults_fill_in_what_is_left_out_and_the_full_form_reads_back(string text, string full)
    {
        string written = EndpointAddress.Parse(text).WithDefaults("localhost", 8000).ToString();
        Assert.Equal(full, written);
        Assert.Equal(full, EndpointAddress.Parse(written).ToString());
    }

    [Fact]
    public void A_default_option_stands_where_the_address_does_not_name_it()
    {
        EndpointAddress address = EndpointAddress.Parse("tls://h:1?cert=a");

        Assert.Same(address, address.WithDefaultOption("cert", "b"));
        Assert.Same(address, address.WithDefaultOption("key", null));
        Assert.Equal("tls://h:1?cert=a&key=b", address.WithDefaultOption("key", "b").ToString());
    }

    [Theory]
    [InlineData("unix:@name", 0)]
    [InlineData("unix:/name", (byte)'/')]
    public void A_path_behind_an_at_sign_is_a_name_without_a_file(string text, byte first)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux has names without files.");
        Assert.Equal(first, EndpointAddress.Parse(text).ToUnixEndPoint().Serialize()[2]);
    }
}

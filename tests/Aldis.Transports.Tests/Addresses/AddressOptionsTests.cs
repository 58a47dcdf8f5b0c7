using Aldis.Transports.Addresses;
using Aldis.Transports.Dialing;
using Aldis.Transports.Listening;

namespace Aldis.Transports.Tests.Addresses;

/// <summary>An option that is misspelt, or stands where nobody reads it, is refused by every scheme alike.</summary>
public sealed class AddressOptionsTests
{
    [Theory]
    [InlineData("tcp://h:1?insecure", "insecure: none is known here.")]
    [InlineData("h:1?timeout=1s", "timeout: none is known here.")]
    [InlineData("unix:/tmp/x?mode=7", "mode: none is known here.")]
    [InlineData("udp://h:1?mode=go-back-n", "mode: none is known here.")]
    [InlineData("tls://h:1?insecur", "pin, cert, key, key-password-file, min-version, insecure; did you mean 'insecure'?")]
    [InlineData("tls://h:1?ca=cert.pem", "pin, cert, key, key-password-file, min-version, insecure; did you mean 'cafile'?")]
    [InlineData("tls://h:1?cafile=a&frame=1", "frame: known here are cafile, servername, pin, cert, key, key-password-file, min-version, insecure.")]
    [InlineData("arq://h:1?insecure", "insecure: known here are mode, frame, window, timeout, profile, keepalive, datagram, reject.")]
    [InlineData("arq+tls://h:1?client-ca=a", "datagram, reject, cafile, servername, pin, cert, key, key-password-file, min-version, insecure.")]
    public async Task A_client_refuses_an_option_it_does_not_know(string text, string end)
    {
        EndpointAddress address = EndpointAddress.Parse(text);

        FormatException refusal = await Assert.ThrowsAsync<FormatException>(() => address.Scheme == TransportScheme.Udp
            ? ClientDatagramSocket.ConnectAsync(address, null, TestContext.Current.CancellationToken)
            : Dialer.ConnectAsync(address, null, TestContext.Current.CancellationToken));

        Assert.StartsWith($"'{address}' has the unknown option ", refusal.Message, StringComparison.Ordinal);
        Assert.EndsWith(end, refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tcp://127.0.0.1:0?linse=1", "linse: known here are lines; did you mean 'lines'?")]
    [InlineData("unix:/tmp/x?cert=a", "cert: known here are mode, lines.")]
    [InlineData("udp://127.0.0.1:0?insecure", "insecure: known here are lines.")]
    [InlineData("tls://127.0.0.1:0?cert=a&key=b&clientca=x", "cert, key, key-password-file, client-ca, min-version, lines; did you mean 'client-ca'?")]
    [InlineData("tls://127.0.0.1:0?insecure", "insecure: known here are cert, key, key-password-file, client-ca, min-version, lines.")]
    [InlineData("arq://127.0.0.1:0?linse", "keepalive, datagram, reject, lines; did you mean 'lines'?")]
    [InlineData("arq+tls://127.0.0.1:0?cert=a&linse", "datagram, reject, cert, key, key-password-file, client-ca, min-version, lines; did you mean 'lines'?")]
    public void A_listener_refuses_an_option_that_neither_it_nor_the_conversation_knows(string text, string end) =>
        Assert.EndsWith(
            end,
            Assert.Throws<FormatException>(() => ListenAddresses.Resolve(EndpointAddress.Parse(text), "lines")).Message,
            StringComparison.Ordinal);

    [Theory]
    [InlineData("tcp://127.0.0.1:0?lines=1")]
    [InlineData("unix:/tmp/x?lines")]
    [InlineData("unix+dgram:/tmp/x?lines&mode=0660")]
    [InlineData("tls://127.0.0.1:0?cert=a&key=b&lines=1")]
    [InlineData("arq+tls://127.0.0.1:0?cert=a&key=b&window=4&lines=1")]
    public void Options_of_the_transport_and_of_the_conversation_stand_beside_each_other(string text) =>
        Assert.Single(ListenAddresses.Resolve(EndpointAddress.Parse(text), "lines"));
}

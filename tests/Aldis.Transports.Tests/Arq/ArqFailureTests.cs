using System.Net;
using Aldis.Protocols.Arq;
using Aldis.Protocols.Tracing;
using Aldis.Transports.Arq;
using Microsoft.AspNetCore.Connections;

namespace Aldis.Transports.Tests.Arq;

/// <summary>What a person is told of the end of a connection.</summary>
public sealed class ArqFailureTests
{
    private static readonly IPEndPoint Peer = new(IPAddress.Parse("192.0.2.1"), 7001);

    private static readonly ConnectionOptions Options = new()
    {
        IdleTimeoutNs = 50_000_000_000,
        UserTimeoutNs = 40_000_000_000,
        ConnectTimeoutNs = 10_000_000_000,
    };

    [Theory]
    [InlineData(ArqCloseCode.Timeout, TraceCause.IdleTimeout, "was not heard for 50 s")]
    [InlineData(ArqCloseCode.Timeout, TraceCause.UserTimeout, "took nothing of what was sent for 40 s")]
    [InlineData(ArqCloseCode.Timeout, TraceCause.Reset, "gave the connection up: it had heard nothing")]
    [InlineData(ArqCloseCode.Protocol, TraceCause.ProtocolViolation, "192.0.2.1:7001 broke the rules")]
    [InlineData(ArqCloseCode.Protocol, TraceCause.Reset, "a packet from here broke the rules")]
    [InlineData(ArqCloseCode.FlowControl, TraceCause.ProtocolViolation, "192.0.2.1:7001 broke the rules")]
    [InlineData(ArqCloseCode.Overloaded, TraceCause.Reset, "its memory is short")]
    [InlineData(ArqCloseCode.Overloaded, TraceCause.Overload, "with 192.0.2.1:7001 was given up: memory is short")]
    [InlineData(ArqCloseCode.Unknown, TraceCause.Reset, "restarted, or had heard nothing")]
    [InlineData(ArqCloseCode.Moved, TraceCause.Reset, "another address")]
    [InlineData((ArqCloseCode)1_234, TraceCause.Reset, "reset the connection")]
    internal void The_end_of_an_open_connection_names_who_ended_it_and_why(ArqCloseCode code, TraceCause cause, string part)
    {
        IOException failure = ArqFailure.Describe(code, cause, Peer, Options, wasOpen: true);
        Assert.Contains(part, failure.Message, StringComparison.Ordinal);
        Assert.Contains("192.0.2.1:7001", failure.Message, StringComparison.Ordinal);
        Assert.EndsWith(".", failure.Message, StringComparison.Ordinal);
        bool isSilence = code == ArqCloseCode.Timeout;
        Assert.Equal(isSilence, failure is CommunicationException { Failure: CommunicationFailure.Timeout });
        Assert.Equal(!isSilence, failure is ConnectionResetException);
    }

    [Theory]
    [InlineData(ArqCloseCode.Refused, TraceCause.Reset, CommunicationFailure.Refused, "leave frame and datagram out")]
    [InlineData(ArqCloseCode.Version, TraceCause.Reset, CommunicationFailure.Refused, "another version")]
    [InlineData(ArqCloseCode.Protocol, TraceCause.Reset, CommunicationFailure.Refused, "does not understand the request")]
    [InlineData(ArqCloseCode.Expired, TraceCause.Reset, CommunicationFailure.Network, "connect again")]
    [InlineData(ArqCloseCode.ConnectTimeout, TraceCause.HandshakeTimeout, CommunicationFailure.Timeout, "within 10 s")]
    [InlineData(ArqCloseCode.Unreachable, TraceCause.Refused, CommunicationFailure.Network, "nobody listens")]
    internal void The_end_of_an_attempt_says_whether_trying_again_helps(
        ArqCloseCode code, TraceCause cause, CommunicationFailure kind, string part)
    {
        var failure = Assert.IsType<CommunicationException>(ArqFailure.Describe(code, cause, Peer, Options, wasOpen: false));
        Assert.Equal(kind, failure.Failure);
        Assert.Contains(part, failure.Message, StringComparison.Ordinal);
    }
}

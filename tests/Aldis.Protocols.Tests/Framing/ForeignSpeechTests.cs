using System.Text;
using Aldis.Protocols.Framing;

namespace Aldis.Protocols.Tests.Framing;

/// <summary>What the first bytes of an answer say about the server.</summary>
public sealed class ForeignSpeechTests
{
    [Theory]
    [InlineData("HTTP/1.1 400 Bad Request\r\n", "It speaks HTTP")]
    [InlineData("\u0015\u0003\u0001\0\u0002\u0002\u0046", "It speaks TLS")]
    [InlineData("\u0016\u0003\u0003\0\u0002", "It speaks TLS")]
    [InlineData("\u0016\u0003\u0004\0\u0002", "It speaks TLS")]
    [InlineData("33                                                              ", "It is a messages server")]
    [InlineData("33                                                              Message refused: no length", "It is a messages server")]
    [InlineData("ALDIS/1 error=form", "It is a messages server")]
    public void A_server_of_another_kind_is_recognised(string answer, string expected) =>
        Assert.StartsWith(expected, ForeignSpeech.Describe(Encoding.Latin1.GetBytes(answer)), StringComparison.Ordinal);

    [Theory]
    [InlineData("")]
    [InlineData("H")]
    [InlineData("HTTP")]
    [InlineData("\u0015\u0003")]
    [InlineData("\u0015\u0003\u0009\0")]
    [InlineData("ACK received")]
    [InlineData("42")]
    [InlineData("33                       a table of numbers, and what follows them here   ")]
    [InlineData("                                                                 ")]
    public void What_may_be_a_reply_is_left_alone(string answer) => Assert.Null(ForeignSpeech.Describe(Encoding.Latin1.GetBytes(answer)));
}

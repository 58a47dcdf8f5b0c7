using System.Text;
using Aldis.Protocols.Framing;
using Aldis.Protocols.Load;
using Aldis.Protocols.Messages;
using FsCheck;
using FsCheck.Fluent;

namespace Aldis.Protocols.Tests.Load;

/// <summary>What answers a request of a load, and what does not.</summary>
public sealed class LoadReaderTests
{
    private const string Token = "aldis_secret";

    public static TheoryData<string> Forms => ["echo", "ack", "messages", "native", "echo, exempt", "ack with a token"];

    [Theory]
    [MemberData(nameof(Forms))]
    public void Answers_are_counted_however_they_are_cut(string name) => Prop.ForAll(
        Gen.Choose(1, 200).ArrayOf(20).ToArbitrary(),
        pieces =>
        {
            (LoadForm form, byte[] said, int answers) = Said(name);
            ILoadReader reader = form.CreateReader();
            long counted = 0;
            ReadOnlySpan<byte> rest = said;
            for (int i = 0; !rest.IsEmpty; i++)
            {
                int length = Math.Min(rest.Length, pieces[i % pieces.Length]);
                LoadReply reply = reader.Read(rest[..length], 0);
                Assert.Null(reply.Failure);
                counted += reply.Answers;
                rest = rest[length..];
            }

            return counted == answers;
        }).Check(Config.QuickThrowOnFailure);

    [Theory]
    [MemberData(nameof(Forms))]
    public void A_web_page_is_garbage(string name)
    {
        LoadReply reply = Said(name).Form.CreateReader().Read(Encoding.ASCII.GetBytes("HTTP/1.1 400 Bad Request\r\n".PadRight(80)), 1);
        Assert.Equal(LoadFailure.Garbage, reply.Failure);
        Assert.StartsWith("HTTP/1.1 400 Bad Request..", reply.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void An_echo_that_changes_a_byte_is_noticed()
    {
        LoadForm form = LoadForms.Echo(100);
        byte[] changed = form.CommonRequest.ToArray();
        changed[^1] ^= 1;
        Assert.Equal(LoadFailure.Garbage, form.CreateReader().Read(changed, 1).Failure);
    }

    [Fact]
    public void A_refused_message_is_a_refusal_in_its_own_words()
    {
        LoadReply reply = LoadForms.PlainMessages(5).CreateReader().Read(PlainResponse.Refused("no room").Span, 1);
        Assert.Equal((LoadFailure.Refused, "Message refused: no room"), (reply.Failure, reply.Text));
    }

    [Theory]
    [InlineData("ALDIS/1 error=token", LoadFailure.Authentication)]
    [InlineData("ALDIS/1 error=busy", LoadFailure.Refused)]
    [InlineData("NAK 0 shutting-down", LoadFailure.Refused)]
    public void Whoever_is_turned_away_natively_is_refused(string unit, object failure) =>
        Assert.Equal(failure, LoadForms.NativeMessages(5, "bench").CreateReader().Read(Unit(unit), 0).Failure);

    [Fact]
    public void A_token_follows_the_preface_natively()
    {
        string opening = Encoding.ASCII.GetString(LoadForms.NativeMessages(5, "bench", Token).Opening(0).Span);
        Assert.Equal("ALDIS/1 messages client=bench-1".PadRight(64) + $"TOKEN {Token}".PadRight(64), opening);
    }

    [Fact]
    public void A_token_is_said_when_it_is_asked_for_and_once()
    {
        LoadForm form = LoadForms.WithToken(LoadForms.Echo(100), "bench", Token);
        ILoadReader reader = form.CreateReader();
        Assert.Equal("ALDIS/1 echo client=bench-3".PadRight(64), Encoding.ASCII.GetString(form.Opening(2).Span));
        LoadReply asked = reader.Read(Unit("ALDIS/1 token"), 0);
        Assert.Equal((null, $"TOKEN {Token}".PadRight(64), false), (asked.Failure, Encoding.ASCII.GetString(asked.Next.Span), reader.IsReady));
        Assert.Equal(LoadFailure.Garbage, reader.Read(Unit("ALDIS/1 token"), 0).Failure);
    }

    [Theory]
    [InlineData("ALDIS/1 error=token", LoadFailure.Authentication)]
    [InlineData("ALDIS/1 error=busy", LoadFailure.Refused)]
    [InlineData("ALDIS/1 ack client=bench-1", LoadFailure.Garbage)]
    [InlineData("ACK received", LoadFailure.Garbage)]
    public void A_token_is_not_said_to_whoever_does_not_ask(string unit, object failure)
    {
        LoadReply reply = LoadForms.WithToken(LoadForms.Ack(10), "bench", Token).CreateReader().Read(Unit(unit), 0);
        Assert.Equal((failure, 0), (reply.Failure, reply.Next.Length));
    }

    [Fact]
    public void A_server_that_asks_for_a_token_says_so_to_whoever_shows_none()
    {
        LoadReply reply = LoadForms.Echo(100).CreateReader().Read(TokenRefusal.Of("a token is required here: see the manual."), 0);
        Assert.Equal((LoadFailure.Authentication, "Refused: a token is required here: see the manual."), (reply.Failure, reply.Text));
    }

    [Fact]
    public void A_native_connection_goes_on_behind_the_last_number_and_one_acknowledgement_answers_many()
    {
        LoadForm form = LoadForms.NativeMessages(5, "bench");
        ILoadReader reader = form.CreateReader();
        Assert.False(reader.IsReady);
        reader.Read(Unit("ALDIS/1 last=41 durable 1048576 256"), 0);
        Assert.Equal((true, 42, 256), (reader.IsReady, reader.FirstNumber, reader.Window));
        Assert.Equal(3, reader.Read(Unit("ACK 44 durable"), 44).Answers);
        Assert.Equal(0, reader.Read(Unit("ACK 44 durable"), 44).Answers);
        Assert.Equal(LoadFailure.Refused, reader.Read(Unit("NAK 45 disk-full retry=1000"), 44).Failure);
        byte[] request = new byte[form.RequestLength];
        form.WriteRequest(42, request);
        Assert.Equal("5 42".PadRight(64) + "xxxxx", Encoding.ASCII.GetString(request));
        Assert.Equal("ALDIS/1 messages client=bench-7".PadRight(64), Encoding.ASCII.GetString(form.Opening(6).Span));
    }

    [Fact]
    public void Of_datagrams_only_the_echo_of_the_last_answers_and_once()
    {
        LoadForm form = LoadForms.DatagramEcho(40);
        ILoadReader reader = form.CreateReader();
        byte[] first = new byte[40];
        form.WriteRequest(1, first);
        byte[] second = new byte[40];
        form.WriteRequest(2, second);
        Assert.Equal(0, reader.Read(first, 2).Answers);
        Assert.Equal(1, reader.Read(second, 2).Answers);
        Assert.Equal(0, reader.Read(second, 2).Answers);
        second[20] ^= 1;
        Assert.Equal(LoadFailure.Garbage, reader.Read(second, 2).Failure);
    }

    private static (LoadForm Form, byte[] Said, int Answers) Said(string name) => name switch
    {
        "echo" => (LoadForms.Echo(100), [.. Enumerable.Repeat(LoadForms.Echo(100).CommonRequest.ToArray(), 7).SelectMany(static one => one)], 7),
        "echo, exempt" => (
            LoadForms.WithToken(LoadForms.Echo(100), "bench", Token), [.. Unit("ALDIS/1 echo"), .. Said("echo").Said], 7),
        "ack with a token" => (
            LoadForms.WithToken(LoadForms.Ack(10), "bench", Token), [.. Unit("ALDIS/1 ack"), .. Said("ack").Said], 7),
        "ack" => (LoadForms.Ack(10), [.. Enumerable.Repeat("ACK received"u8.ToArray(), 7).SelectMany(static one => one)], 7),
        "messages" => (
            LoadForms.PlainMessages(10), [.. Enumerable.Repeat(PlainResponse.Received.ToArray(), 7).SelectMany(static one => one)], 7),
        _ => (LoadForms.NativeMessages(10, "bench"), [.. Unit("ALDIS/1 last=0 durable 1048576 256"), .. Unit("ACK 3 durable"), .. Unit("ACK 7 durable")], 7),
    };

    private static byte[] Unit(string text)
    {
        byte[] unit = new byte[ControlUnit.Size];
        ControlUnit.Write(Encoding.ASCII.GetBytes(text), unit);
        return unit;
    }
}

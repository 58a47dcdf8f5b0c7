using System.Buffers;
using System.Globalization;
using System.Text;
using Aldis.Protocols.Files;
using Aldis.Protocols.Framing;
using Aldis.Protocols.Messages;

namespace Aldis.Protocols.Tests.Messages;

/// <summary>Random and mutated byte streams against every parser: no exception, nothing kept beyond the limit, and an end with a reason.</summary>
public sealed class HostileStreamTests
{
    private const int Limit = 64;
    private const long MaxBytesPerInput = 16 * 1024;

    private static readonly int Inputs =
        int.Parse(Environment.GetEnvironmentVariable("ALDIS_FUZZ_INPUTS") ?? "30000", CultureInfo.InvariantCulture);

    [Fact]
    public void The_plain_parser_survives_any_stream()
    {
        int messages = 0;
        int refusals = 0;
        Fuzz(1, "5".PadRight(64) + "hello", (streams, bytes) =>
        {
            PlainMessageReader reader = new(Limit);
            Feed(streams, bytes, Limit, received =>
            {
                PlainReadStatus status;
                while ((status = reader.Read(ref received, out ReadOnlySequence<byte> payload)) == PlainReadStatus.Message)
                {
                    Assert.InRange(payload.Length, 0, Limit);
                    messages++;
                }

                Assert.Equal(status == PlainReadStatus.Refused, reader.Refusal != PlainRefusal.None);
                refusals += status == PlainReadStatus.Refused ? 1 : 0;
                return status == PlainReadStatus.NeedMore ? received : null;
            });
        });

        Assert.True(messages > Inputs / 20 && refusals > Inputs / 20, $"{messages} messages, {refusals} refusals");
    }

    [Fact]
    public void A_server_session_survives_any_stream()
    {
        int appended = 0;
        int closed = 0;
        Fuzz(2, "ALDIS/1 messages client=pump-7".PadRight(64) + "5 1".PadRight(64) + "hello", (streams, bytes) =>
        {
            ServerHarness server = new(new MessageSessionOptions { MaxLength = Limit, Window = 16 });
            PrefaceReader preface = new(MessageSession.Service);
            MessageSession? session = null;
            byte[] unit = new byte[64];
            Feed(streams, bytes, Limit, received =>
            {
                if (session is null && preface.Read(ref received) == HandshakeStatus.Claimed)
                {
                    session = new MessageSession(server.Ledger, server.Options);
                }

                if (session is null)
                {
                    return preface.Error == PrefaceError.None ? received : null;
                }

                SessionStep step;
                while ((step = session.Read(ref received, out long sequence, out ReadOnlySequence<byte> payload))
                    is SessionStep.Append or SessionStep.Continue)
                {
                    if (step == SessionStep.Append)
                    {
                        Assert.Equal(server.Appended.Count + 1, sequence);
                        Assert.InRange(payload.Length, 0, Limit);
                        server.Appended.Add(Encoding.UTF8.GetString(payload));
                        session.HandleAppended();
                        server.Commit(sequence);
                        appended++;
                    }
                }

                int units = 0;
                while (session.TryTakeUnit(unit))
                {
                    Assert.True(ServerUnit.TryParse(unit, out _) || ServerHello.Parse(unit, out _, out _) == HelloStatus.Hello);
                    Assert.True(++units < 16);
                }

                closed += session.ShouldClose ? 1 : 0;
                Assert.Equal(step == SessionStep.Closed, session.ShouldClose);
                return step == SessionStep.Closed ? null : received;
            });
        });

        Assert.True(appended > Inputs / 20 && closed > Inputs / 20, $"{appended} appended, {closed} closed");
    }

    [Fact]
    public void A_sender_survives_any_stream()
    {
        int acknowledged = 0;
        HashSet<SenderEnd> ends = [];
        Fuzz(3, "ALDIS/1 last=0 durable 64 16".PadRight(64), (streams, bytes) =>
        {
            MessageSender sender = new("pump-7");
            sender.Offer(1, 5);
            sender.Offer(2, 5);
            sender.Finish();
            sender.HandleConnected();
            byte[] unit = new byte[64];
            Feed(streams, bytes, Limit, received =>
            {
                while (sender.TryTakeUnit(unit) || sender.TryTakeMessage(long.MaxValue / 2, out _))
                {
                }

                sender.Read(ref received, 0);
                while (sender.TryTakeEvent(out SenderEvent e))
                {
                    acknowledged += e.Kind == SenderEventKind.Acknowledged ? 1 : 0;
                }

                return sender.End == SenderEnd.None ? received : null;
            });
            sender.HandleEnded(isOrderly: true);
            Assert.NotEqual(SenderEnd.None, sender.End);
            ends.Add(sender.End);
            Assert.InRange(sender.State.Assigned - sender.State.Acknowledged, 0, 2);
        });

        Assert.True(acknowledged > Inputs / 1000 && ends.Count > 6, $"{acknowledged} acknowledged, ends {string.Join(' ', ends)}");
    }

    [Fact]
    public void The_detectors_decide_the_same_however_a_stream_is_split()
    {
        Fuzz(4, "ALDIS/1 ", (streams, bytes) =>
        {
            int cut = streams.Piece(bytes.Length + 1) - 1;
            ReadOnlySequence<byte> split = Framing.Pieces.Of(bytes[..cut], bytes[cut..]);
            Assert.Equal(PrefaceDetector.Detect(new ReadOnlySequence<byte>(bytes), final: true), PrefaceDetector.Detect(split, final: true));
            Assert.NotEqual(GreetingStatus.NeedMore, GreetingParser.Parse(split, final: true, out int length));
            Assert.InRange(length, 0, GreetingParser.MaxLength);
        });
    }

    private static void Fuzz(int seed, string begin, Action<HostileStreams, byte[]> check)
    {
        for (int input = 0; input < Inputs; input++)
        {
            // A seed of its own for each input, so that a failure can be run alone.
            int own = (seed * 100_000_000) + input;
            HostileStreams streams = new(own);
            byte[] bytes = streams.Next(begin);
            try
            {
                check(streams, bytes);
            }
            catch (Exception error)
            {
                throw new InvalidOperationException($"seed {own}: {Convert.ToHexString(bytes)}", error);
            }
        }
    }

    /// <summary>Hands a stream over in pieces as a pipe does, until the reader takes no more.</summary>
    private static void Feed(HostileStreams streams, byte[] bytes, int limit, Func<ReadOnlySequence<byte>, ReadOnlySequence<byte>?> read)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        long own = 0;
        byte[] left = [];
        for (int at = 0; at < bytes.Length;)
        {
            int count = streams.Piece(bytes.Length - at);
            ReadOnlySequence<byte>? rest = read(Framing.Pieces.Of(left, bytes[at..(at + count)]));
            at += count;
            if (rest is null)
            {
                break;
            }

            left = rest.Value.ToArray();
            own += left.Length + count + 512;
            Assert.InRange(left.Length, 0, Math.Max(limit, ControlUnit.Size));
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before - own, long.MinValue, MaxBytesPerInput);
    }
}

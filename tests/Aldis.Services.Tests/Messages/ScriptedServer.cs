using System.Globalization;
using System.Text;
using Aldis.Services.Clients;
using Aldis.Transports;

namespace Aldis.Services.Tests.Messages;

/// <summary>What a <see cref="ScriptedServer"/> does.</summary>
internal enum ServerMood
{
    /// <summary>Takes and acknowledges.</summary>
    Serves,

    /// <summary>Refuses connections; those that are open are cut when it begins.</summary>
    Down,

    /// <summary>Answers no attempt to connect.</summary>
    Unreachable,

    /// <summary>Lets connections in and does nothing; what came is looked at when it ends.</summary>
    Frozen,

    /// <summary>Answers each message with <c>busy</c>.</summary>
    Busy,

    /// <summary>Answers each message with <c>disk-full</c>.</summary>
    DiskFull,

    /// <summary>Says that it is going away, as an answer to anything.</summary>
    ShutsDown,

    /// <summary>Answers the preface and nothing else.</summary>
    Mute,

    /// <summary>Answers the preface, and cuts the connection at the first message.</summary>
    CutsAtMessage,

    /// <summary>Refuses each message for good.</summary>
    FindsTooLarge,

    /// <summary>Acknowledges a byte a second.</summary>
    Drips,
}

/// <summary>A messages server in a <see cref="VirtualWorld"/>, whose mood changes when it is told to.</summary>
internal sealed class ScriptedServer(VirtualWorld world)
{
    private const int Unit = 64;

    private readonly List<ScriptedStream> _streams = [];
    private ServerMood _mood;

    public int MaxLength { get; init; } = 1000;

    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>What <c>busy</c> and <c>disk-full</c> ask for, in milliseconds.</summary>
    public int RetryMilliseconds { get; init; } = 100;

    /// <summary>Bytes a second that leave the client's machine; null for all at once.</summary>
    public int? LineRate { get; init; }

    /// <summary>Bytes that the client's system and ours hold of what a frozen server does not take.</summary>
    public int BufferBytes { get; init; } = int.MaxValue;

    /// <summary>What it stored, by number.</summary>
    public List<string> Stored { get; } = [];

    /// <summary>What the client could see, in order.</summary>
    public List<(TimeSpan At, string What)> Seen { get; } = [];

    public int Connections { get; private set; }

    public ServerMood Mood
    {
        get => _mood;
        set
        {
            _mood = value;
            foreach (ScriptedStream stream in _streams.ToArray())
            {
                if (value == ServerMood.Down)
                {
                    stream.Break();
                }
                else
                {
                    Process(stream);
                    stream.Take();
                }
            }
        }
    }

    public Task<IClientStream> ConnectAsync(CancellationToken stop)
    {
        Connections++;
        See("attempt");
        stop.ThrowIfCancellationRequested();
        if (_mood == ServerMood.Unreachable)
        {
            var silent = new TaskCompletionSource<IClientStream>();
            world.At(world.Now + ConnectTimeout, () => Refuse(CommunicationFailure.Timeout, silent));
            return silent.Task;
        }

        var stream = new ScriptedStream(world, LineRate, BufferBytes, Process, () => _mood == ServerMood.Frozen);
        if (_mood == ServerMood.Down)
        {
            var refused = new TaskCompletionSource<IClientStream>();
            Refuse(CommunicationFailure.Network, refused);
            return refused.Task;
        }

        _streams.Add(stream);
        return Task.FromResult<IClientStream>(stream);
    }

    /// <summary>Acknowledges the one message that was left unanswered.</summary>
    public void AcknowledgeUnanswered()
    {
        Stored.Add(string.Empty);
        Say(_streams[^1], $"ACK {Stored.Count} durable");
    }

    private static void Refuse(CommunicationFailure failure, TaskCompletionSource<IClientStream> attempt) =>
        attempt.SetException(new CommunicationException(failure, "nobody is there"));

    private void See(string what) => Seen.Add((world.Now, what));

    private void Process(ScriptedStream stream)
    {
        while (_mood is not (ServerMood.Frozen or ServerMood.Down or ServerMood.Unreachable)
            && !stream.IsClosed
            && TryTake(stream, out string header, out string payload))
        {
            Answer(stream, header, payload);
        }
    }

    private static bool TryTake(ScriptedStream stream, out string header, out string payload)
    {
        (header, payload) = (string.Empty, string.Empty);
        if (stream.Arrived.Count < Unit)
        {
            return false;
        }

        header = Encoding.ASCII.GetString([.. stream.Arrived[..Unit]]).TrimEnd();
        int length = char.IsDigit(header[0]) ? int.Parse(header.Split(' ')[0], CultureInfo.InvariantCulture) : 0;
        if (stream.Arrived.Count < Unit + length)
        {
            return false;
        }

        payload = Encoding.UTF8.GetString([.. stream.Arrived[Unit..(Unit + length)]]);
        stream.Arrived.RemoveRange(0, Unit + length);
        return true;
    }

    private void Answer(ScriptedStream stream, string header, string payload)
    {
        if (_mood == ServerMood.ShutsDown)
        {
            Say(stream, "NAK 0 shutting-down");
            stream.Close();
        }
        else if (header.StartsWith("ALDIS/1 ", StringComparison.Ordinal))
        {
            Say(stream, $"ALDIS/1 last={Stored.Count} durable {MaxLength} 256");
        }
        else if (header == "BYE")
        {
            if (_mood != ServerMood.Mute)
            {
                Say(stream, "BYE");
                stream.Close();
            }
        }
        else
        {
            AnswerMessage(stream, long.Parse(header.Split(' ')[1], CultureInfo.InvariantCulture), payload);
        }
    }

    private void AnswerMessage(ScriptedStream stream, long sequence, string payload)
    {
        if (sequence != Stored.Count + 1)
        {
            if (sequence <= Stored.Count)
            {
                Say(stream, $"ACK {sequence} durable duplicate");
            }

            return;
        }

        switch (_mood)
        {
            case ServerMood.Busy:
                Say(stream, $"NAK {sequence} busy retry={RetryMilliseconds}");
                break;
            case ServerMood.DiskFull:
                Say(stream, $"NAK {sequence} disk-full retry={RetryMilliseconds}");
                break;
            case ServerMood.FindsTooLarge:
                Say(stream, $"NAK {sequence} too-large");
                stream.Close();
                break;
            case ServerMood.CutsAtMessage:
                stream.Break();
                break;
            case ServerMood.Mute:
                break;
            case ServerMood.Drips:
                stream.Drip(Padded($"ACK {sequence} durable"));
                break;
            default:
                Stored.Add(payload);
                Say(stream, $"ACK {sequence} durable");
                break;
        }
    }

    private void Say(ScriptedStream stream, string unit)
    {
        See(unit);
        stream.Say(Padded(unit));
    }

    private static byte[] Padded(string unit) => Encoding.ASCII.GetBytes(unit.PadRight(Unit));
}

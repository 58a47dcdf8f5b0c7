using System.Text;
using System.Threading.Channels;
using Aldis.Protocols.Messages;
using Aldis.Services.Messages;
using Aldis.Services.Messages.Outbox;
using Aldis.Transports.Addresses;

namespace Aldis.Services.Tests.Messages;

/// <summary>A delivery loop and its server in a world of their own.</summary>
internal sealed class VirtualDelivery
{
    private readonly Channel<OutboxEntry> _input = Channel.CreateUnbounded<OutboxEntry>(
        new UnboundedChannelOptions { AllowSynchronousContinuations = true, SingleReader = true });

    public VirtualDelivery(VirtualWorld world, ScriptedServer server)
    {
        World = world;
        Server = server;
    }

    public VirtualWorld World { get; }

    public ScriptedServer Server { get; }

    public IOutbox Outbox { get; init; } = new MemoryOutbox("pump-7");

    /// <summary>What the loop reported, in order.</summary>
    public List<(TimeSpan At, MessagesClientEvent Event)> Events { get; } = [];

    /// <summary>When each line was handed over; not those that came after the end.</summary>
    public List<TimeSpan> GivenAt { get; } = [];

    public MessagesClientOptions Options { get; init; } = new() { RetryFirstConnection = true };

    public static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);

    public void Give(params string[] lines)
    {
        foreach (string line in lines)
        {
            if (_input.Writer.TryWrite(new OutboxEntry(Encoding.UTF8.GetBytes(line), null)))
            {
                GivenAt.Add(World.Now);
            }
        }
    }

    public void GiveAt(TimeSpan moment, string line) => World.At(moment, () => Give(line));

    public void EndInput() => _input.Writer.TryComplete();

    public void EndInputAt(TimeSpan moment) => World.At(moment, EndInput);

    public void MoodAt(TimeSpan moment, ServerMood mood) => World.At(moment, () => Server.Mood = mood);

    public MessageDelivery Run() => World.Run(() =>
    {
        var loop = new MessageDeliveryLoop(
            EndpointAddress.Parse("127.0.0.1:9999"),
            Outbox,
            Options,
            happened => Events.Add((World.Now, happened)),
            _input,
            Server.ConnectAsync,
            World.Time);
        return loop.RunAsync(CancellationToken.None);
    });
}

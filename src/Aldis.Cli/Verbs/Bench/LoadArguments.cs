using System.CommandLine;
using Aldis.Cli.Terminal;
using Aldis.Cli.Verbs.Tokens;
using Aldis.Protocols.Datagrams;
using Aldis.Protocols.Framing;
using Aldis.Protocols.Load;
using Aldis.Protocols.Measurement;
using Aldis.Protocols.Messages;
using Aldis.Services.Ack;
using Aldis.Services.Echo;
using Aldis.Services.Messages;
using Aldis.Transports.Addresses;
using Aldis.Transports.Load;

namespace Aldis.Cli.Verbs.Bench;

/// <summary>The options of <c>aldis bench ADDRESS</c> that say what is put on the server.</summary>
internal sealed class LoadArguments
{
    private const string DefaultClient = "bench";

    private static readonly TimeSpan DefaultWarmUp = TimeSpan.FromMilliseconds(300);

    private readonly Option<LoadConversation?> _conversation = TypedOption.Choice(
        "--as",
        "NAME",
        "what is spoken: echo (the default: whatever is sent comes back), ack, messages (their plain form) or native (messages, numbered)",
        ("echo", LoadConversation.Echo),
        ("ack", LoadConversation.Ack),
        ("messages", LoadConversation.Messages),
        ("native", LoadConversation.Native));

    private readonly Option<int?> _rate = TypedOption.Whole(
        "--rate",
        "N",
        "requests a second, of all connections together, whatever becomes of them (open loop); else the next is sent when one was answered",
        1);

    private readonly Option<int?> _connections = TypedOption.Whole("--connections", "N", "connections at once; default 1", 1, 60_000);

    private readonly Option<int?> _window = TypedOption.Whole(
        "--window", "N", "requests under way on each connection at once; default 1; ack and datagrams have 1", 1, 4_096);

    private readonly Option<TimeSpan?> _ramp = ClientArguments.Duration(
        "--ramp", "TIME", "spread the opening of connections over this time; what is answered meanwhile does not count");

    private readonly Option<TimeSpan?> _warmUp = ClientArguments.Duration(
        "--warm-up", "TIME", "send so long before it is measured; default 300ms");

    private readonly Option<TimeSpan?> _expectedInterval = ClientArguments.Duration(
        "--expected-interval",
        "TIME",
        "by which a closed loop is corrected: as if each connection sent one so often; default its mean pace");

    private readonly Option<TimeSpan?> _timeout = ClientArguments.Timeout(
        "how long a connection, and each answer, may take; default 10s, for datagrams 1s");

    private readonly Option<string?> _client = new("--client")
    {
        HelpName = "ID",
        Description = $"what the client ids of --as native, or those that go with a token, begin with; default {DefaultClient}: "
            + $"{DefaultClient}-1, {DefaultClient}-2 …",
    };

    private readonly TokenOptions _token = new();

    private readonly Option<TimeSpan?> _maxP99 = ClientArguments.Duration(
        "--max-p99", "TIME", "expect that the corrected p99 is not longer; else exit 8");

    private readonly Option<int?> _minRate = TypedOption.Whole("--min-rate", "N", "expect at least so many answers a second; else exit 8", 1);

    /// <summary>All of them.</summary>
    public IEnumerable<Option> All =>
        [
            _conversation, _rate, _connections, _window, _ramp, _warmUp, _expectedInterval, _timeout, _client, .. _token.All,
            _maxP99, _minRate,
        ];

    /// <summary>The first of them that a call names.</summary>
    /// <param name="call">The call.</param>
    /// <returns>Its name; null where it names none.</returns>
    public string? FirstGiven(ParseResult call) => All.FirstOrDefault(option => call.GetResult(option) is { Implicit: false })?.Name;

    /// <summary>Reads what is to be put on the server.</summary>
    /// <param name="context">Says warnings.</param>
    /// <param name="call">The call.</param>
    /// <param name="target">The address.</param>
    /// <param name="duration">How long.</param>
    /// <param name="size">Bytes of a request, where they were given.</param>
    /// <param name="tls">The options of TLS.</param>
    /// <exception cref="UsageException">The options do not go together, or there is no token where it was said to be.</exception>
    /// <exception cref="FormatException">The address is none.</exception>
    public async Task<LoadSettings> ReadAsync(
        VerbContext context, ParseResult call, string target, TimeSpan duration, int? size, TlsArguments tls)
    {
        LoadConversation conversation = call.GetValue(_conversation) ?? LoadConversation.Echo;
        EndpointAddress address = ClientArguments.ParseAddress(context, target, PortOf(conversation));
        bool isDatagrams = address.Scheme == TransportScheme.Udp;
        int bytes = size ?? 32;
        int window = call.GetValue(_window) ?? 1;
        int connections = call.GetValue(_connections) ?? 1;
        string client = call.GetValue(_client) ?? DefaultClient;
        if (isDatagrams && conversation != LoadConversation.Echo)
        {
            throw new UsageException($"{address} is a datagram address: only --as echo speaks datagrams.");
        }

        if (isDatagrams && bytes is < ProbePayload.MinSize or > DatagramLimits.MaxPayload)
        {
            throw new UsageException(
                $"--size is {ProbePayload.MinSize} to {DatagramLimits.MaxPayload} bytes of a datagram: its number has room in it, and it in a "
                + "packet.");
        }

        if (window > 1 && (isDatagrams || conversation == LoadConversation.Ack))
        {
            throw new UsageException("--window is 1 of datagrams and of --as ack: which request an answer belongs to could not be told.");
        }

        if (bytes == 0 && conversation is LoadConversation.Echo or LoadConversation.Ack)
        {
            throw new UsageException("--size is at least 1 byte: nothing would come back for none.");
        }

        if (!ClientId.IsValid($"{client}-{connections}"))
        {
            throw new UsageException(
                $"--client '{client}' with the number of a connection is no client id: 1 to 32 characters of A-Z a-z 0-9 . _ -");
        }

        if (conversation == LoadConversation.Messages && _token.IsGiven(call.CommandResult))
        {
            throw new UsageException(
                $"--as messages is the plain form, which shows no token: {TokenOptions.FileOption} goes with --as native.");
        }

        string token = await _token.Read(call, tls).ReadAsync(context, address);
        var options = new LoadOptions
        {
            Address = address,
            Form = Form(conversation, isDatagrams, bytes, client, token),
            Connections = connections,
            Rate = call.GetValue(_rate),
            Window = window,
            Duration = duration,
            Ramp = call.GetValue(_ramp) ?? TimeSpan.Zero,
            WarmUp = call.GetValue(_warmUp) ?? DefaultWarmUp,
            Timeout = call.GetValue(_timeout) ?? TimeSpan.FromSeconds(isDatagrams ? 1 : 10),
        };
        return new LoadSettings(options, bytes, call.GetValue(_expectedInterval), call.GetValue(_maxP99), call.GetValue(_minRate));
    }

    private static int PortOf(LoadConversation conversation) => conversation switch
    {
        LoadConversation.Echo => EchoConversation.DefaultPort,
        LoadConversation.Ack => AckConversation.DefaultPort,
        _ => MessagesConversation.DefaultPort,
    };

    private static LoadForm Form(LoadConversation conversation, bool isDatagrams, int bytes, string client, string token)
    {
        LoadForm form = conversation switch
        {
            LoadConversation.Echo when isDatagrams => LoadForms.DatagramEcho(bytes),
            LoadConversation.Echo => LoadForms.Echo(bytes),
            LoadConversation.Ack => LoadForms.Ack(bytes),
            LoadConversation.Messages => LoadForms.PlainMessages(bytes),
            _ => LoadForms.NativeMessages(bytes, client, token),
        };
        bool isBehindToken = token.Length > 0 && conversation is LoadConversation.Echo or LoadConversation.Ack;
        return isBehindToken ? LoadForms.WithToken(form, client, token) : form;
    }

    private enum LoadConversation
    {
        Echo,
        Ack,
        Messages,
        Native,
    }
}

/// <summary>A load, and what is expected of it.</summary>
/// <param name="Options">The load.</param>
/// <param name="Length">Bytes of payload of a request.</param>
/// <param name="ExpectedInterval">By which a closed loop is corrected; null for the mean pace of a connection.</param>
/// <param name="MaxP99">The longest p99 that is accepted; null for any.</param>
/// <param name="MinRate">The least answers a second that are accepted; null for any.</param>
internal sealed record LoadSettings(LoadOptions Options, int Length, TimeSpan? ExpectedInterval, TimeSpan? MaxP99, int? MinRate);

using System.Buffers;
using System.Text;
using System.Text.Json;
using Aldis.Cli.Conversations;
using Aldis.Cli.Verbs.Serve;
using Aldis.Cli.Verbs.Serve.Configuration;
using Aldis.Journal.Embedded;
using Aldis.Protocols.Access;
using Aldis.Protocols.Arq;
using Aldis.Protocols.Datagrams;
using Aldis.Protocols.Files;
using Aldis.Protocols.Framing;
using Aldis.Protocols.Messages;
using Aldis.Protocols.Scenarios;
using Aldis.Protocols.Toxics;
using Aldis.Services.Messages.Outbox;
using Aldis.Transports.Addresses;

namespace Aldis.Cli.Tests.Fuzzing;

/// <summary>Every parser of what comes from outside, with what it takes.</summary>
internal static class FuzzTargets
{
    private const string Zeros = "0000000000000000000000000000000000000000000000000000000000000000";

    private const string Ones = "11111111111111111111111111111111";

    private static readonly string[] Conversations = [.. KnownConversations.All.Select(static one => one.Name)];
    private static readonly IReadOnlyList<Setting> Settings = new ServeArguments(KnownConversations.All).Settings;

    /// <summary>All of them.</summary>
    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new("plain", ReadPlain, [Text("5".PadRight(64) + "hello" + "12".PadRight(64) + "Disconnect !")]),
        new("messages", ReadSession, [Text("5 1".PadRight(64) + "hello" + "2 2".PadRight(64) + "ok" + "BYE".PadRight(64))]),
        new(
            "units",
            ReadUnits,
            Units(
                "ALDIS/1 messages client=pump-7",
                "ALDIS/1 last=7 level=durable window=256 max=1048576",
                "ACK 7 durable",
                "NAK 8 busy retry=50",
                "BYE",
                "ALDIS/1 token=secret",
                "ALDIS/1 error=token")),
        new(
            "files",
            ReadFiles,
            [
                Text("F 5 1700000000000000000 644 1 a/b.txt\nD 0 0 755 0 a\nL 0 0 777 0 l\na/b.txt\n"),
                Text("Hello from the client!the file"),
            ]),
        new(
            "addresses",
            ReadAddress,
            [
                Text("tcp://127.0.0.1:80?lines=1"),
                Text("arq+tls://[fe80::1%25eth0]:1?cert=a%20b&key=k"),
                Text("unix:/run/x.sock"),
                Text("any:1"),
            ]),
        new(
            "configuration",
            ReadConfiguration,
            [Text("""{ "Limits": { "MaxConnections": 7, "IdleTimeout": "10m" }, "Listen": { "Conversations": ["ack"] } } // c""")]),
        new(
            "tokens",
            ReadTokens,
            [
                Text($"# c\npump-7 sha256:{Zeros} ids=pump-*,x conversations=messages rights=send,read until=2030-01-01\n"),
                Text($"a sha256:{Zeros}\nb sha256:{Zeros[..32]}{Ones}\n"),
            ]),
        new("arq", ReadDatagrams, [new byte[1200], [0x11, 0, 28, 0, 0, 0, 0, 0, .. new byte[20]]]),
        new("journal", ReadJournal, [SegmentHeader.Write(1, 7, 1, 1, 0, 256, new ClientTable())]),
        new("outbox", ReadOutbox, [OutboxHeader.Write(1, new OutboxContent { Salt = 7, ClientId = "pump" }, isBatch: false)]),
        new("link", ReadLink, [Text("0s rate=1Mbit loss=1%\n5s down\n7s up"), Text("""{"event":"decision","at_ns":1}""")]),
        new("api", ReadApi, [Text("""{"name":"a","listen":"127.0.0.1:0","upstream":"b:1","enabled":true,"toxicity":0.5}""")]),
        new("patterns", ReadPattern, [Text("**/*.[!a-c]?{x,y}"), Text("a/b")]),
    ];

    private static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);

    private static byte[][] Units(params string[] texts) => [.. texts.Select(static text => Text(text.PadRight(ControlUnit.Size)))];

    private static void ReadPlain(byte[] bytes)
    {
        var reader = new PlainMessageReader(1 << 20);
        var received = new ReadOnlySequence<byte>(bytes);
        while (reader.Read(ref received, out ReadOnlySequence<byte> payload) == PlainReadStatus.Message)
        {
            Assert.InRange(payload.Length, 0, bytes.Length);
        }
    }

    private static void ReadSession(byte[] bytes)
    {
        var history = new NoHistory();
        var ledger = new ClientLedger(0, history);
        var session = new MessageSession(ledger, new MessageSessionOptions());
        var received = new ReadOnlySequence<byte>(bytes);
        byte[] unit = new byte[ControlUnit.Size];
        long appended = 0;
        SessionStep step;
        while ((step = session.Read(ref received, out long sequence, out _)) is SessionStep.Continue or SessionStep.Append)
        {
            if (step == SessionStep.Append)
            {
                Assert.Equal(++appended, sequence);
                session.HandleAppended();
                ledger.HandleCommitted(sequence);
            }
        }

        // What was stored is acknowledged and nothing else, and the session has a last word.
        while (session.TryTakeUnit(unit))
        {
            if (ServerUnit.TryParse(unit, out ServerUnit said) && said.Kind == ServerUnitKind.Acknowledgement)
            {
                Assert.InRange(said.Sequence, 1, appended);
            }
        }
    }

    private static void ReadUnits(byte[] bytes)
    {
        ReadOnlySpan<byte> unit = bytes;
        _ = ClientUnit.TryParse(unit, out _);
        _ = ServerUnit.TryParse(unit, out _);
        _ = ServerHello.Parse(unit, out _, out _);
        _ = PrefaceErrors.TryParse(unit, out _);
        _ = TokenUnit.TryParse(unit, out _);
        _ = TokenRefusal.Is(unit);
        _ = ForeignSpeech.Describe(unit);
        var received = new ReadOnlySequence<byte>(bytes);
        _ = PrefaceDetector.Detect(received, final: true);
        _ = new PrefaceReader("messages"u8).Read(ref received);
    }

    private static void ReadFiles(byte[] bytes)
    {
        _ = GreetingParser.Parse(new ReadOnlySequence<byte>(bytes), final: true, out _);
        ReadOnlySpan<byte> unit = bytes.Length < ControlUnit.Size ? bytes : bytes.AsSpan(0, ControlUnit.Size);
        _ = FilesHello.TryParse(unit, out _, out _);
        _ = TransferOpening.TryParse(unit, out _);
        _ = FetchUnit.TryParse(unit, out _);
        _ = ListedUnit.TryParse(unit, out _);
        _ = TransferUnit.TryParse(unit, out _, out _);
        _ = ErrorUnit.TryParse(unit, out _);
        ReadOnlyMemory<byte> manifest = bytes;
        int left = bytes.Length;
        while (ManifestCodec.TryRead(ref manifest, out _))
        {
            Assert.True(manifest.Length < left, "An entry was read and nothing taken.");
            left = manifest.Length;
        }
    }

    private static void ReadAddress(byte[] bytes)
    {
        if (EndpointAddress.TryParse(Encoding.UTF8.GetString(bytes), out EndpointAddress? address, out string? error))
        {
            // What it says of itself is the same address.
            Assert.Equal(address.ToString(), EndpointAddress.Parse(address.ToString()).ToString());
        }
        else
        {
            Assert.NotEmpty(error);
        }
    }

    private static void ReadConfiguration(byte[] bytes)
    {
        foreach (FileValue value in ConfigurationFile.Parse("aldis.json", bytes).Values)
        {
            if (Settings.FirstOrDefault(setting => setting.Key.Equals(value.Key, StringComparison.OrdinalIgnoreCase)) is { } setting)
            {
                _ = setting.WhyNot(value.Text, "aldis.json:1");
            }
        }
    }

    private static void ReadTokens(byte[] bytes) => Refusing<FormatException>(() => TokenFile.Read(bytes, Conversations));

    private static void ReadDatagrams(byte[] bytes)
    {
        var endpoint = new ArqEndpoint(new EndpointOptions { Accept = new ConnectionOptions() }, new SeededArqRandom(1), new byte[16]);
        byte[] answer = new byte[65_536];
        PathKey path = PathKey.To([127, 0, 0, 1], 4000);
        endpoint.OnDatagram(path, bytes, bytes.Length, 1);
        while (endpoint.TryGetTransmit(answer, 1, out Transmit transmit))
        {
            Assert.InRange(transmit.Length, 1, Math.Max(1, bytes.Length));
        }

        while (endpoint.TryGetEvent(out _))
        {
        }
    }

    private static void ReadJournal(byte[] bytes)
    {
        _ = SegmentHeader.IsOtherVersion(bytes, out _);
        if (SegmentHeader.TryRead(bytes, out _))
        {
            _ = MarkCodec.TryRead(bytes.AsSpan(Math.Min(SegmentHeader.FixedLength, bytes.Length)), 4, SegmentHeader.Forgetful, 1, new ClientTable());
        }

        for (int at = 0; at < bytes.Length; at++)
        {
            if (RecordCodec.TryRead(bytes.AsSpan(at), RecordCodec.SaltCrc(7), out RecordHeader record) == RecordStatus.Sound)
            {
                Assert.InRange(record.Length, 1, bytes.Length - at);
            }
        }

        _ = AgeNotes.TryRead(bytes, 7);
    }

    private static void ReadOutbox(byte[] bytes)
    {
        if (OutboxHeader.Read(bytes, 1) is { } header)
        {
            _ = OutboxScan.Read(bytes, header, isLast: true).Problem;
        }
    }

    private static void ReadLink(byte[] bytes)
    {
        string text = Encoding.UTF8.GetString(bytes);
        Refusing<FormatException>(() => LinkScript.Read(text, "script"));
        Refusing<FormatException>(() => LinkProfiles.Read(bytes, "profiles.json"));
        Refusing<FormatException>(() => DecisionLine.TryRead(bytes, out _));
    }

    private static void ReadApi(byte[] bytes) => Refusing<ApiRefusalException>(() =>
    {
        using JsonDocument document = ApiBody.Parse(bytes);
        ApiBody.RequireObject(document.RootElement, "it");
        foreach (JsonProperty property in document.RootElement.EnumerateObject())
        {
            _ = ApiBody.Text(document.RootElement, property.Name);
            _ = ApiBody.Number(document.RootElement, property.Name);
        }
    });

    private static void ReadPattern(byte[] bytes) => Refusing<FormatException>(() => PathPattern.Parse(Encoding.UTF8.GetString(bytes)));

    private static void Refusing<TRefusal>(Action eat)
        where TRefusal : Exception
    {
        try
        {
            eat();
        }
        catch (TRefusal)
        {
            // As documented.
        }
    }

    /// <summary>A client that nobody knows.</summary>
    private sealed class NoHistory : IMessageHistory
    {
        public bool TryGetCrc(long sequence, out uint crc)
        {
            crc = 0;
            return false;
        }
    }
}

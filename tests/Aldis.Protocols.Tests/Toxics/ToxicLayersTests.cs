using System.Text.Json;
using Aldis.Protocols.Impairment;
using Aldis.Protocols.Toxics;

namespace Aldis.Protocols.Tests.Toxics;

/// <summary>What each toxic does to a link.</summary>
public sealed class ToxicLayersTests
{
    private static readonly (string Type, string Attributes, LinkFaults Faults)[] OneFault =
    [
        ("latency", """{"latency":100,"jitter":20}""", new() { Delay = Milliseconds(80), Jitter = Milliseconds(40) }),
        ("latency", """{"latency":10,"jitter":20}""", new() { Jitter = Milliseconds(30) }),
        ("bandwidth", """{"rate":1000}""", new() { BitsPerSecond = 8_000_000 }),
        ("bandwidth", """{"rate":0}""", new() { IsCut = true }),
        ("slow_close", """{"delay":300}""", new() { CloseDelay = Milliseconds(300) }),
        (
            "slicer",
            """{"average_size":1000,"size_variation":1000,"delay":1500}""",
            new() { SliceBytes = 1000, SliceVariationBytes = 999, SliceDelay = Milliseconds(1.5) }),
        ("corrupt", """{"rate":0.25}""", new() { Corrupt = 0.25 }),
        ("slow_open", """{"delay":300}""", new() { OpenDelay = Milliseconds(300) }),
        ("packet_loss", """{"loss_rate":0.2}""", new() { Loss = 0.2 }),
        ("packet_loss", "{}", new() { Loss = 0.1 }),
        ("noop", "{}", LinkFaults.None),
    ];

    [Fact]
    public void A_toxic_of_streams_is_a_fault() =>
        Assert.All(OneFault, static one => Assert.Equal(one.Faults, Faults(one.Type, one.Attributes)));

    [Theory]
    [InlineData("timeout", """{"timeout":0}""", "Stall")]
    [InlineData("timeout", """{"timeout":500}""", "Stall, Close after 500 ms")]
    [InlineData("reset_peer", """{"timeout":0}""", "Reset after 0 bytes and one more")]
    [InlineData("reset_peer", """{"timeout":500}""", "Stall, Reset after 500 ms")]
    [InlineData("limit_data", """{"bytes":42}""", "Close after 42 bytes")]
    [InlineData("limit_data", """{"bytes":0}""", "Close after 0 bytes and one more")]
    [InlineData("down", "{}", "Close")]
    public void A_toxic_that_ends_streams_is_a_break(string type, string attributes, string breaks) => Assert.Equal(
        breaks,
        string.Join(", ", Faults(type, attributes).Breaks.Select(static one => one.Kind
            + (one.AfterBytes is long bytes ? $" after {bytes} bytes" : string.Empty)
            + (one.WaitsForMore ? " and one more" : string.Empty)
            + (one.After is TimeSpan time ? $" after {time.TotalMilliseconds} ms" : string.Empty))));

    [Theory]
    [InlineData("timeout", """{"timeout":500}""")]
    [InlineData("down", "{}")]
    public void Where_there_is_no_stream_to_end_nothing_passes(string type, string attributes)
    {
        LinkFaults faults = Faults(type, attributes, isDatagrams: true);
        Assert.True(faults.IsCut);
        Assert.Empty(faults.Breaks);
    }

    [Fact]
    public void The_datagrams_have_faults_of_their_own()
    {
        Assert.Equal(0.5, Faults("duplicate", """{"rate":0.5}""", true).Duplicate);
        Assert.Equal(576, Faults("mtu", """{"bytes":576}""", true).MaximumDatagramBytes);
        LinkFaults reorder = Faults("reorder", """{"rate":0.5,"delay":30}""", true);
        Assert.Equal((0.5, Milliseconds(30)), (reorder.Reorder, reorder.ReorderDelay));
    }

    [Fact]
    public void A_correlation_is_added_to_the_loss_behind_a_loss()
    {
        GilbertElliottLoss chain = Faults("packet_loss", """{"loss_rate":0.2,"correlation":0.3}""").BurstLoss!;
        Assert.Equal((0.2, 0.5, 0.0, 1.0), (chain.GoodToBad, Math.Round(chain.BadToGood, 9), chain.LossInGood, chain.LossInBad));
        Faults("packet_loss", """{"loss_rate":0.5,"correlation":1}""").Validate();
        Assert.Equal(1, Faults("packet_loss", """{"loss_rate":1,"correlation":1}""").Loss);
    }

    [Fact]
    public void What_every_attribute_may_be_a_link_can_be()
    {
        foreach (ToxicKind kind in ToxicKind.Names.Select(static name => ToxicKind.Find(name)!))
        {
            foreach (bool isMost in new[] { false, true })
            {
                double[] values = [.. kind.Attributes.Select(attribute => isMost ? attribute.Most : attribute.Least)];
                var toxic = new Toxic("t", kind, ToxicStream.Upstream, 1, values);
                Assert.Single(ToxicLayers.Of([toxic], LinkDirection.ToTarget, !kind.OnTcp)).Faults.Validate();
            }
        }
    }

    private static LinkFaults Faults(string type, string attributes, bool isDatagrams = false)
    {
        JsonElement body = JsonElement.Parse($$"""{"type":"{{type}}","attributes":{{attributes}}}""");
        Toxic toxic = ToxicJson.ReadNew(body, isDatagrams);
        Assert.Empty(ToxicLayers.Of([toxic], LinkDirection.ToTarget, isDatagrams));
        LinkFaults faults = Assert.Single(ToxicLayers.Of([toxic], LinkDirection.ToClient, isDatagrams)).Faults;
        faults.Validate();
        return faults;
    }

    private static TimeSpan Milliseconds(double number) => TimeSpan.FromMilliseconds(number);
}

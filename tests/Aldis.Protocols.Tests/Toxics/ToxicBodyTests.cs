using System.Text;
using System.Text.Json;
using Aldis.Protocols.Toxics;

namespace Aldis.Protocols.Tests.Toxics;

/// <summary>What is asked of the API of a link: each field has its default and its bounds, and what is wrong is named.</summary>
public sealed class ToxicBodyTests
{
    [Fact]
    public void A_proxy_is_enabled_and_carries_streams_where_nothing_else_is_said()
    {
        ProxySettings proxy = ProxySettings.ReadNew(Read("""{"NAME":"a","upstream":"b:1","other":[]}"""));
        Assert.Equal(new ProxySettings("a", string.Empty, "b:1", Enabled: true, IsDatagrams: false, Seed: null), proxy);
        Assert.Equal(7UL, ProxySettings.ReadNew(Read("""{"name":"a","upstream":"b:1","seed":7}""")).SeedBeside(1));
        Assert.Equal(proxy.SeedBeside(1), proxy.SeedBeside(1));
        Assert.NotEqual(proxy.SeedBeside(1), proxy.SeedBeside(2));
    }

    [Theory]
    [InlineData("""[]""", "bad request body: a proxy is an array, and must be an object")]
    [InlineData("""{"upstream":"b:1"}""", "missing required field: name")]
    [InlineData("""{"name":"","upstream":"b:1"}""", "missing required field: name")]
    [InlineData("""{"name":"a"}""", "missing required field: upstream")]
    [InlineData(
        """{"name":"..","upstream":"b:1"}""",
        "bad request body: the name of the proxy is '.' or '..' or has a slash or a control character, and no path could name it")]
    [InlineData("""{"name":7,"upstream":"b:1"}""", "bad request body: name is a number, and must be a string")]
    [InlineData("""{"name":"a","upstream":"b:1","enabled":"yes"}""", "bad request body: enabled is a string, and must be true or false")]
    [InlineData("""{"name":"a","upstream":"b:1","protocol":"sctp"}""", "bad request body: protocol is tcp or udp, not 'sctp'")]
    [InlineData("""{"name":"a","upstream":"b:1","seed":-1}""", "bad request body: seed is a number, and must be a whole number from 0 to 2^64 - 1")]
    [InlineData("""{"name":"a","upstream":"b:1","seed":{}}""", "bad request body: seed is an object, and must be a whole number from 0 to 2^64 - 1")]
    public void What_is_no_proxy_is_refused_with_its_field(string body, string error) =>
        Assert.Equal((400, error), Refusal(() => ProxySettings.ReadNew(Read(body))));

    [Fact]
    public void A_name_and_an_address_have_a_length()
    {
        string name = new('n', ApiBody.MaxNameLength + 1);
        Assert.Contains(
            "201 characters",
            Refusal(() => ProxySettings.ReadNew(Read($$"""{"name":"{{name}}","upstream":"b:1"}"""))).Error,
            StringComparison.Ordinal);
        string address = new('b', 301);
        Assert.Contains(
            "301 characters",
            Refusal(() => ProxySettings.ReadNew(Read($$"""{"name":"a","upstream":"{{address}}"}"""))).Error,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_change_leaves_what_it_does_not_name_and_never_the_protocol()
    {
        var proxy = new ProxySettings("a", "l:1", "b:1", Enabled: true, IsDatagrams: false, Seed: 3);
        Assert.Equal(proxy, proxy.ReadChange(Read("{}")));
        Assert.Equal(proxy with { Enabled = false, Listen = "l:2" }, proxy.ReadChange(Read("""{"enabled":false,"listen":"l:2","protocol":"tcp"}""")));
        Assert.Equal(proxy with { Upstream = "c:1" }, proxy.ReadChange(Read("""{"upstream":"c:1"}""")));
        Assert.Contains("protocol cannot change", Refusal(() => proxy.ReadChange(Read("""{"protocol":"udp"}"""))).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_several_proxies_the_one_that_is_wrong_is_named()
    {
        Assert.Equal(2, ProxySettings.ReadAll(Read("""[{"name":"a","upstream":"b:1"},{"name":"c","upstream":"d:1","protocol":"udp"}]""")).Count);
        Assert.Equal(
            (400, "missing required field: upstream at proxy 2"),
            Refusal(() => ProxySettings.ReadAll(Read("""[{"name":"a","upstream":"b:1"},{"name":"c"}]"""))));
        Assert.Equal((400, "bad request body: an array of proxies is expected"), Refusal(() => ProxySettings.ReadAll(Read("{}"))));
    }

    [Theory]
    [InlineData("", "bad request body: it is empty")]
    [InlineData("{", "bad request body: it is no JSON, see line 1, byte 2")]
    [InlineData("{\"name\":\"\\ud800\"}", "bad request body: it has a string that is no text in UTF-8")]
    public void What_is_no_JSON_is_refused(string body, string error) =>
        Assert.Equal((400, error), Refusal(() => ApiBody.Parse(Encoding.UTF8.GetBytes(body))));

    [Fact]
    public void A_toxic_is_written_as_it_was_read()
    {
        Toxic toxic = ToxicJson.ReadNew(Read("""{"type":"latency","attributes":{"latency":100,"jitter":5}}"""), isDatagrams: false);
        Assert.Equal(("latency_downstream", ToxicStream.Downstream, 1.0), (toxic.Name, toxic.Stream, toxic.Toxicity));
        Assert.Equal(
            """{"attributes":{"latency":100,"jitter":5},"name":"latency_downstream","type":"latency","stream":"downstream","toxicity":1}""",
            Write(toxic, isDatagrams: false));

        Toxic changed = ToxicJson.ReadChange(Read("""{"toxicity":0.5,"attributes":{"jitter":7}}"""), toxic);
        Assert.Equal(0.5, changed.Toxicity);
        Assert.Contains("\"latency\":100,\"jitter\":7", Write(changed, isDatagrams: false), StringComparison.Ordinal);
    }

    [Fact]
    public void A_toxic_that_does_something_else_over_streams_says_so()
    {
        Toxic loss = ToxicJson.ReadNew(Read("""{"type":"packet_loss","stream":"upstream"}"""), isDatagrams: false);
        Assert.Contains("\"loss_rate\":0.1", Write(loss, isDatagrams: false), StringComparison.Ordinal);
        Assert.Contains("TCP bytes are never dropped", Write(loss, isDatagrams: false), StringComparison.Ordinal);
        Assert.DoesNotContain("note", Write(loss, isDatagrams: true), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"type":"latency","stream":"sideways"}""", false, "stream was invalid, can be either upstream or downstream")]
    [InlineData("""{"type":"latancy"}""", false, "invalid toxic type")]
    [InlineData("""{}""", false, "invalid toxic type")]
    [InlineData("""{"type":"mtu"}""", false, "invalid toxic type")]
    [InlineData("""{"type":"slicer"}""", true, "invalid toxic type")]
    [InlineData("""{"type":"latency","toxicity":1.5}""", false, "bad request body: toxicity is the share of connections, from 0 to 1")]
    [InlineData("""{"type":"latency","toxicity":"1"}""", false, "bad request body: toxicity is a string, and must be a number")]
    [InlineData("""{"type":"latency","attributes":[]}""", false, "bad request body: attributes is an array, and must be an object")]
    [InlineData("""{"type":"mtu","attributes":{"bytes":0}}""", true, "bad request body: bytes of mtu is a whole number from 1 to 65507")]
    [InlineData("""{"type":"packet_loss","attributes":{"loss_rate":2}}""", true, "bad request body: loss_rate of packet_loss is a number from 0 to 1")]
    public void What_is_no_toxic_is_refused(string body, bool isDatagrams, string error) =>
        Assert.Equal((400, error), Refusal(() => ToxicJson.ReadNew(Read(body), isDatagrams)));

    [Fact]
    public void A_chain_has_one_toxic_of_a_name_and_lists_the_way_to_the_target_first()
    {
        var chain = new ToxicChain();
        chain.Add(Named("back", ToxicStream.Downstream));
        chain.Add(Named("there", ToxicStream.Upstream));
        Assert.Equal(["there", "back"], chain.All.Select(static toxic => toxic.Name));
        Assert.Equal((409, "toxic already exists"), Refusal(() => chain.Add(Named("back", ToxicStream.Upstream))));
        chain.Replace(Named("back", ToxicStream.Upstream));
        Assert.Equal(ToxicStream.Upstream, chain.Get("back").Stream);
        Assert.Equal("back", chain.Remove("back").Name);
        Assert.Equal((404, "toxic not found"), Refusal(() => chain.Remove("back")));
        for (int number = 1; number < ToxicChain.MaxToxics; number++)
        {
            chain.Add(Named(FormattableString.Invariant($"t{number}"), ToxicStream.Upstream));
        }

        Assert.Equal((429, "too many toxics"), Refusal(() => chain.Add(Named("more", ToxicStream.Upstream))));
    }

    private static Toxic Named(string name, ToxicStream stream) => new(name, ToxicKind.Noop, stream, 1, []);

    private static JsonElement Read(string body) => ApiBody.Parse(Encoding.UTF8.GetBytes(body)).RootElement;

    private static string Write(Toxic toxic, bool isDatagrams)
    {
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes))
        {
            ToxicJson.Write(writer, toxic, isDatagrams);
        }

        return Encoding.UTF8.GetString(bytes.ToArray());
    }

    private static (int Status, string Error) Refusal(Action ask)
    {
        ApiRefusalException refusal = Assert.Throws<ApiRefusalException>(ask);
        return (refusal.Status, refusal.Error);
    }
}

using Aldis.Protocols.Text;

namespace Aldis.Protocols.Tests.Text;

/// <summary>Durations, rates and percentages as people write and read them.</summary>
public sealed class QuantityTests
{
    [Theory]
    [InlineData("1us", 10)]
    [InlineData("100us", 1_000)]
    [InlineData("0.3ms", 3_000)]
    [InlineData("98ms", 980_000)]
    [InlineData("1.1s", 11_000_000)]
    [InlineData("1000h", 36_000_000_000_000)]
    public void A_duration_is_read_to_the_tick(string text, long ticks)
    {
        Assert.True(Quantity.TryParseDuration(text, out TimeSpan duration));
        Assert.Equal(ticks, duration.Ticks);
    }

    [Theory]
    [InlineData("50")]
    [InlineData("1.5")]
    [InlineData("0.0")]
    [InlineData("")]
    [InlineData("s")]
    [InlineData("-5s")]
    [InlineData("5 parsecs")]
    public void A_duration_has_a_number_and_a_unit(string text) => Assert.False(Quantity.TryParseDuration(text, out _));

    [Theory]
    [InlineData("50", ": a time needs its unit, 50ms or 50s.")]
    [InlineData("1.5", ": a time needs its unit, 1.5ms or 1.5s.")]
    [InlineData("soon", ".")]
    [InlineData("NaN", ".")]
    [InlineData(".", ".")]
    public void Where_only_the_unit_is_missing_the_refusal_says_so(string text, string expected) =>
        Assert.Equal(expected, UnitText.EndWithoutUnit(text));

    [Theory]
    [InlineData("10Mbit", 10_000_000)]
    [InlineData("1.5Gbit", 1_500_000_000)]
    [InlineData("64kbit", 64_000)]
    [InlineData("9600bit/s", 9_600)]
    [InlineData("1Tbit", 1_000_000_000_000)]
    public void A_rate_is_read(string text, long expected)
    {
        Assert.True(Quantity.TryParseRate(text, out long rate));
        Assert.Equal(expected, rate);
    }

    [Theory]
    [InlineData("10")]
    [InlineData("Mbit")]
    [InlineData("-1Mbit")]
    [InlineData("1e3bit")]
    [InlineData("NaNbit")]
    [InlineData("9999999Tbit")]
    [InlineData("")]
    public void What_is_no_rate_is_refused(string text) => Assert.False(Quantity.TryParseRate(text, out _));

    [Theory]
    [InlineData("10%", 0.1)]
    [InlineData("0.5%", 0.005)]
    [InlineData("100%", 1)]
    [InlineData("0%", 0)]
    [InlineData("0", 0)]
    public void A_percentage_is_read(string text, double expected)
    {
        Assert.True(Quantity.TryParsePercentage(text, out double share));
        Assert.Equal(expected, share, 1e-12);
    }

    [Theory]
    [InlineData("10")]
    [InlineData("%")]
    [InlineData("-1%")]
    [InlineData("100.1%")]
    [InlineData("NaN%")]
    [InlineData("")]
    public void What_is_no_percentage_is_refused(string text) => Assert.False(Quantity.TryParsePercentage(text, out _));

    [Theory]
    [InlineData(950, "950 bit/s")]
    [InlineData(65_700, "65.7 kbit/s")]
    [InlineData(10_000_000, "10 Mbit/s")]
    [InlineData(1_250_000_000, "1.25 Gbit/s")]
    public void A_rate_is_written_with_a_fitting_unit(double rate, string expected) => Assert.Equal(expected, Quantity.Rate(rate));
}

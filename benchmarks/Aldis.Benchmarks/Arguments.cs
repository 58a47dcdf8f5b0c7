using System.Globalization;
using Aldis.Transports.Addresses;

namespace Aldis.Benchmarks;

/// <summary>The words of a command: a program, an address, and options of the form <c>--name number</c>.</summary>
internal sealed class Arguments(string[] words)
{
    public EndpointAddress Address => EndpointAddress.Parse(
        words.Length > 1 ? words[1] : throw new FormatException("An address is missing."));

    public Place Place => new(Address);

    public double Number(string option, double otherwise)
    {
        int at = Array.IndexOf(words, option);
        return at >= 0 ? double.Parse(words[at + 1], CultureInfo.InvariantCulture) : otherwise;
    }

    public bool Has(string option) => Array.IndexOf(words, option) >= 0;

    public string? TextOrNull(string option)
    {
        int at = Array.IndexOf(words, option);
        return at >= 0 ? words[at + 1] : null;
    }

    public string Text(string option) => TextOrNull(option) ?? throw new FormatException($"{option} is missing.");

    public string Word(int index) => words.Length > index ? words[index] : string.Empty;

    public int Count(string option, int otherwise) => (int)Number(option, otherwise);

    public TimeSpan Seconds(string option) => TimeSpan.FromSeconds(Number(option, 0));
}

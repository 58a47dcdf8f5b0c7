using System.Globalization;

namespace Aldis.Lab.Experiments;

/// <summary>What <c>--kill</c> takes: transmissions and acknowledgements by their numbers, such as <c>data:1,ack:2</c>.</summary>
/// <param name="Transmissions">Of frames; 1 is the first.</param>
/// <param name="Acknowledgements">As they leave; 1 is the first.</param>
internal sealed record LabKills(IReadOnlyList<long> Transmissions, IReadOnlyList<long> Acknowledgements)
{
    private const string Data = "data:";
    private const string Acknowledgement = "ack:";

    /// <summary>Reads a list.</summary>
    /// <param name="text">What was given.</param>
    /// <returns>Null if it is none.</returns>
    public static LabKills? Read(string text)
    {
        List<long> transmissions = [];
        List<long> acknowledgements = [];
        foreach (string item in text.Split(','))
        {
            (List<long> numbers, string kind) = item.StartsWith(Data, StringComparison.Ordinal)
                ? (transmissions, Data) : (acknowledgements, Acknowledgement);
            if (!item.StartsWith(kind, StringComparison.Ordinal)
                || !long.TryParse(item.AsSpan(kind.Length), NumberStyles.None, CultureInfo.InvariantCulture, out long number) || number < 1)
            {
                return null;
            }

            numbers.Add(number);
        }

        return new LabKills(transmissions, acknowledgements);
    }

    /// <summary>Writes the list of an experiment, as <see cref="Read"/> takes it.</summary>
    /// <param name="settings">The experiment.</param>
    /// <returns>The items with commas between them.</returns>
    public static string Text(LabSettings settings) => string.Join(
        ',',
        settings.KilledTransmissions.Select(static number => Item(Data, number))
            .Concat(settings.KilledAcknowledgements.Select(static number => Item(Acknowledgement, number))));

    private static string Item(string kind, long number) => kind + number.ToString(CultureInfo.InvariantCulture);
}

namespace Aldis.Dashboard.Api;

/// <summary>A run of the laboratory as the API shows it.</summary>
/// <param name="Heading">What it is of.</param>
/// <param name="Remarks">What else there is to know, theory among it.</param>
/// <param name="Command">The command that makes it again.</param>
/// <param name="Outcome"><c>finished</c>, <c>given-up</c>, or <c>running</c> where it was longer than is shown.</param>
/// <param name="Efficiency">The share of the link's rate that was payload, from 0 to 1.</param>
/// <param name="Theory">What the closed form says of it.</param>
/// <param name="Facts">The figures.</param>
/// <param name="Sender">What the sender knows before the first moment.</param>
/// <param name="Strip">Its window then.</param>
/// <param name="Receiver">What the receiver knows then.</param>
/// <param name="Moments">What happened, in order.</param>
/// <param name="Picture">The ladder as SVG; its parts name their moments (<c>data-m</c>).</param>
internal sealed record LabView(
    string Heading,
    IReadOnlyList<string> Remarks,
    string Command,
    string Outcome,
    double Efficiency,
    double Theory,
    IReadOnlyList<LabFactView> Facts,
    string Sender,
    string Strip,
    string Receiver,
    IReadOnlyList<LabMomentView> Moments,
    string Picture);

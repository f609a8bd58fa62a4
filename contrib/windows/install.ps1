<#
.SYNOPSIS
Installs w32timed on this computer in place of the Windows Time service, or takes it
off again.

.DESCRIPTION
Copies the programs to the folder of programs, makes the folder with configuration,
state and logs (with the rights that keep ordinary users from writing), stops and
disables the Windows Time service, so that UDP port 123 is free, lets NTP requests
through Windows' firewall, registers the service and starts it.

A configuration that is there already stays as it is, and so do the options of a
service that is there.  Where it fails, the programs and the service that were there
before come back, or the Windows Time service.  With -Uninstall the service,
the firewall's rule and the programs go, and the Windows Time service gets back how
it started before; configuration, state and logs stay unless -RemoveData is given.

Run it as an administrator, from the folder that the zip was unpacked to.

.PARAMETER Destination
The folder of the programs: theirs alone, in which only administrators may write.  The
one of the service that is there, else w32timed in Program Files.

.PARAMETER ImportRegistry
Makes the configuration of this computer's settings of the Windows Time service,
where there is none yet.

.PARAMETER KeepWindowsTime
Leaves the Windows Time service as it is.  w32timed cannot serve on port 123 while it
runs, and two programs that steer one clock disturb each other.

.PARAMETER NoFirewallRule
Leaves the firewall as it is: other computers then cannot ask this one for the time.

.PARAMETER Uninstall
Takes w32timed off this computer.

.PARAMETER RemoveData
With -Uninstall: configuration, state and logs go too.

.EXAMPLE
powershell -ExecutionPolicy Bypass -File install.ps1

.EXAMPLE
powershell -ExecutionPolicy Bypass -File install.ps1 -Uninstall
#>
[CmdletBinding()]
param(
    [string] $Destination = (Join-Path $env:ProgramFiles 'w32timed'),
    [switch] $ImportRegistry,
    [switch] $KeepWindowsTime,
    [switch] $NoFirewallRule,
    [switch] $Uninstall,
    [switch] $RemoveData
)

Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'

$Service = 'w32timed'
$Windows = 'W32Time'
$Rule = 'w32timed-NTP'
$Programs = @('w32timed.exe', 'w32tm.exe')
$Papers = @('LICENSE.txt', 'w32timed.conf.sample', 'install.ps1', 'doc')
$Data = Join-Path $env:ProgramData 'w32timed'
$Configuration = Join-Path $Data 'w32timed.conf'
# How the Windows Time service started before us.
$Memory = 'HKLM:\SOFTWARE\w32timed'
$Registration = "HKLM:\SYSTEM\CurrentControlSet\Services\$Service"
# Where the programs that were replaced are, by the path of what took their place.
$Replaced = @{}
# What this run has found and changed, for when it fails: 'Folder', one without programs;
# 'Rule', whether there was one; 'Start', 'Ran' and 'Memory' of the Windows Time service.
$Found = @{}

function Assert-Administrator {
    $identity = [Security.Principal.WindowsIdentity]::GetCurrent()
    $principal = New-Object Security.Principal.WindowsPrincipal($identity)
    if (-not $principal.IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)) {
        throw 'Only an administrator may do this: open PowerShell with "Run as administrator".'
    }
    # Another one has other folders and another registry.
    if (-not [Environment]::Is64BitProcess) {
        throw 'This is the PowerShell for 32 bits: open the other one.'
    }
}

# Its domain's members want signed time from it, which w32timed cannot give on Windows.
function Assert-NoController {
    if (-not $KeepWindowsTime -and
        (Get-CimInstance -ClassName Win32_OperatingSystem).ProductType -eq 2) {
        throw 'This is a domain controller: its members need the time that the Windows Time service signs.'
    }
}

function Test-Service([string] $Name) {
    return $null -ne (Get-Service -Name $Name -ErrorAction SilentlyContinue)
}

# Runs a program and fails if it does.
function Invoke-Program([string] $Program, [string[]] $Arguments) {
    & $Program @Arguments
    if ($LASTEXITCODE -ne 0) {
        throw "$Program $($Arguments -join ' ') failed with exit code $LASTEXITCODE."
    }
}

function Stop-ServiceAndWait([string] $Name) {
    if (-not (Test-Service $Name)) {
        return
    }
    $found = Get-Service -Name $Name
    if ($found.Status -ne 'Stopped') {
        Stop-Service -Name $Name -Force
        $found.WaitForStatus('Stopped', [TimeSpan]::FromSeconds(30))
    }
}

# A service says that it has stopped a moment before its program has ended.
function Stop-Ours {
    if (-not (Test-Service $Service)) {
        return
    }
    $id = (Get-CimInstance -ClassName Win32_Service -Filter "Name='$Service'").ProcessId
    Stop-ServiceAndWait $Service
    if ($id -ne 0) {
        Wait-Process -Id $id -Timeout 10 -ErrorAction SilentlyContinue
    }
}

# --- The Windows Time service ---------------------------------------------------

function Disable-WindowsTime {
    if (-not (Test-Service $Windows)) {
        return
    }
    $key = "HKLM:\SYSTEM\CurrentControlSet\Services\$Windows"
    $start = (Get-ItemProperty -Path $key -Name 'Start').Start
    $running = (Get-Service -Name $Windows).Status -eq 'Running'
    $Found['Memory'] = Test-Path $Memory
    $Found['Ran'] = [int] $running
    $Found['Start'] = [int] $start
    # Not what a second run finds, which is our own doing.
    if (-not (Test-Path $Memory)) {
        New-Item -Path $Memory -Force | Out-Null
        Set-ItemProperty -Path $Memory -Name 'WindowsTimeStart' -Type DWord -Value $start
        Set-ItemProperty -Path $Memory -Name 'WindowsTimeRan' -Type DWord -Value ([int] $running)
    }
    Write-Host "Stopping and disabling the Windows Time service."
    Stop-ServiceAndWait $Windows
    Set-Service -Name $Windows -StartupType Disabled
}

function Set-WindowsTime([int] $Start, [int] $Ran) {
    if (-not (Test-Service $Windows)) {
        return
    }
    Write-Host "The Windows Time service starts as it did before."
    # Set-Service knows no start by a trigger: the number is what counts.
    $word = @{ 2 = 'auto'; 3 = 'demand'; 4 = 'disabled' }[$Start]
    if ($null -eq $word) {
        $word = 'demand'
    }
    Invoke-Program 'sc.exe' @('config', $Windows, 'start=', $word)
    if ($Ran -ne 0) {
        Start-Service -Name $Windows
    }
}

function Restore-WindowsTime {
    if (-not (Test-Path $Memory)) {
        return
    }
    $before = Get-ItemProperty -Path $Memory
    Set-WindowsTime $before.WindowsTimeStart $before.WindowsTimeRan
    Remove-Item -Path $Memory -Recurse
}

# As this run has found it.
function Undo-WindowsTime {
    if (-not $Found.ContainsKey('Start')) {
        return
    }
    Set-WindowsTime $Found['Start'] $Found['Ran']
    if (-not $Found['Memory'] -and (Test-Path $Memory)) {
        Remove-Item -Path $Memory -Recurse
    }
}

# --- The firewall -----------------------------------------------------------------

function Test-Rule {
    return $null -ne (Get-NetFirewallRule -Name $Rule -ErrorAction SilentlyContinue)
}

function Remove-Rule {
    Get-NetFirewallRule -Name $Rule -ErrorAction SilentlyContinue | Remove-NetFirewallRule
}

# For the program in that folder alone.
function Add-Rule([string] $Folder) {
    Remove-Rule
    New-NetFirewallRule -Name $Rule -DisplayName 'w32timed (NTP server)' `
        -Description 'Lets other computers ask w32timed for the time.' `
        -Direction Inbound -Action Allow -Protocol UDP -LocalPort 123 `
        -Program (Join-Path $Folder 'w32timed.exe') | Out-Null
}

# As this run has found it; another folder's is the one of the service that is there.
function Undo-Rule {
    if (-not $Found.ContainsKey('Rule')) {
        return
    }
    if ($Found['Rule'] -and $null -ne (Get-ServiceFolder)) {
        Add-Rule (Get-ServiceFolder)
    } else {
        Remove-Rule
    }
}

# --- Programs and configuration -----------------------------------------------------

function Test-Empty([string] $Folder) {
    return $null -eq (Get-ChildItem -LiteralPath $Folder -Force | Select-Object -First 1)
}

# The system and administrators everything, users may read.  By their SIDs: names are
# other ones in other languages.
function Protect-Folder([string] $Folder) {
    Invoke-Program 'icacls.exe' @($Folder, '/setowner', '*S-1-5-32-544', '/q')
    Invoke-Program 'icacls.exe' @($Folder, '/reset', '/q')
    Invoke-Program 'icacls.exe' @($Folder, '/inheritance:r', '/grant:r', '*S-1-5-18:(OI)(CI)F',
        '*S-1-5-32-544:(OI)(CI)F', '*S-1-5-32-545:(OI)(CI)RX', '/q')
}

# Whether there is nothing in it but programs that were still open when they had to go:
# nobody takes those for programs by their names.
function Test-Free([string] $Folder) {
    return $null -eq (Get-ChildItem -LiteralPath $Folder -Force |
        Where-Object { $_.PSIsContainer -or $_.Name -notlike 'w32t*.old' } |
        Select-Object -First 1)
}

# What somebody else has put there, a DLL beside a program, could take the place of
# ours.  Ours is where the service's program is, and where this script runs.
function Initialize-Destination {
    if (-not (Test-Path -LiteralPath $Destination)) {
        New-Item -ItemType Directory -Force -Path $Destination | Out-Null
        $Found['Folder'] = $true
    } elseif ((Get-ServiceFolder) -ne $Destination -and $PSScriptRoot -ne $Destination) {
        if (-not (Test-Free $Destination)) {
            throw "$Destination holds something else: -Destination may name another folder."
        }
        $Found['Folder'] = $true
    }
    Protect-Folder $Destination
}

# A program that runs, or whose texts the event log has open, can be renamed, not
# overwritten.
function Move-Aside([string] $Path) {
    if (-not (Test-Path -LiteralPath $Path)) {
        return $null
    }
    $old = "$Path.$([Guid]::NewGuid().ToString('N')).old"
    Move-Item -LiteralPath $Path -Destination $old
    return $old
}

# Those that are open stay until the next time.
function Remove-Replaced {
    Get-ChildItem -LiteralPath $Destination -Filter 'w32t*.old' -Force |
        Remove-Item -Force -ErrorAction SilentlyContinue
}

function Copy-Programs {
    Initialize-Destination
    if ($PSScriptRoot -eq $Destination) {
        return
    }
    Write-Host "Copying the programs to $Destination."
    foreach ($name in $Programs) {
        $path = Join-Path $Destination $name
        $old = Move-Aside $path
        if ($null -ne $old) {
            $Replaced[$path] = $old
        }
        Copy-Item -LiteralPath (Join-Path $PSScriptRoot $name) -Destination $Destination
    }
    foreach ($name in $Papers) {
        $from = Join-Path $PSScriptRoot $name
        if (Test-Path -LiteralPath $from) {
            Copy-Item -Force -Recurse -LiteralPath $from -Destination $Destination
        }
    }
}

# What we have put there, and the folder if nothing else is in it.
function Remove-Programs {
    if (-not (Test-Path -LiteralPath (Join-Path $Destination $Programs[0]))) {
        return
    }
    foreach ($name in $Programs + $Papers) {
        Remove-Item -Recurse -Force -LiteralPath (Join-Path $Destination $name) `
            -ErrorAction SilentlyContinue
    }
    # Those that are open leave their names at least, if they can.
    foreach ($name in $Programs) {
        try {
            Move-Aside (Join-Path $Destination $name) | Out-Null
        } catch {
            Write-Warning "$name is in use: $_"
        }
    }
    Remove-Replaced
    if (Test-Empty $Destination) {
        Set-Location -LiteralPath $env:SystemRoot
        Remove-Item -LiteralPath $Destination -ErrorAction SilentlyContinue
    }
    if (Test-Path -LiteralPath $Destination) {
        Write-Host "$Destination is in use or holds something else: it stays."
    }
}

# The service's registration has made the folder and given it its rights.
function Initialize-Configuration {
    if (Test-Path $Configuration) {
        Write-Host "The configuration $Configuration stays as it is."
        return
    }
    if ($ImportRegistry) {
        Invoke-Program (Join-Path $Destination 'w32tm.exe') @('/import')
    } else {
        Copy-Item -LiteralPath (Join-Path $PSScriptRoot 'w32timed.conf.sample') `
            -Destination $Configuration
    }
    Write-Host "The configuration is $Configuration."
}

# The folder of the programs of the service that is there; $null if there is none.
function Get-ServiceFolder {
    if ((Test-Path $Registration) -and
        (Get-ItemProperty -Path $Registration).ImagePath -match '^"([^"]+)\\w32timed\.exe"') {
        return $Matches[1]
    }
    return $null
}

# One that is there keeps its options.
function Register-Ours {
    if ((Get-ServiceFolder) -eq $Destination -and
        ((Test-Path -LiteralPath $Configuration) -or -not $ImportRegistry)) {
        Invoke-Program (Join-Path $Destination 'w32tm.exe') @('/register')
    } else {
        Invoke-Program (Join-Path $Destination 'w32timed.exe') @('--install')
    }
}

function Unregister-Ours {
    if (-not (Test-Service $Service)) {
        return
    }
    $program = Join-Path $Destination 'w32timed.exe'
    if (Test-Path -LiteralPath $program) {
        Invoke-Program $program @('--uninstall')
    } else {
        Invoke-Program 'sc.exe' @('delete', $Service)
    }
}

# --- All of it --------------------------------------------------------------------

# The service as it is; $null if there is none.
function Get-Ours {
    return Get-CimInstance -ClassName Win32_Service -Filter "Name='$Service'"
}

# The old programs and their service, or the Windows Time service: whatever kept the
# time before does so again.
function Undo-Installation($Before) {
    Stop-Ours
    foreach ($path in $Replaced.Keys) {
        Move-Aside $path | Out-Null
        Move-Item -LiteralPath $Replaced[$path] -Destination $path
    }
    if ($null -eq $Before) {
        Unregister-Ours
        Remove-Rule
        Restore-WindowsTime
    } else {
        $changed = Invoke-CimMethod -InputObject (Get-Ours) -MethodName Change `
            -Arguments @{ PathName = $Before.PathName }
        if ($changed.ReturnValue -ne 0) {
            Write-Warning "The service's command line stays the new one: error $($changed.ReturnValue)"
        }
        Undo-Rule
        Undo-WindowsTime
    }
    if ($Found.ContainsKey('Folder')) {
        Remove-Programs
    }
    if ($null -ne $Before -and $Before.State -eq 'Running') {
        Start-Service -Name $Service
    }
}

function Install-Service {
    Stop-Ours
    Copy-Programs
    Register-Ours
    Initialize-Configuration
    Invoke-Program (Join-Path $Destination 'w32timed.exe') @('--test-config')
    if (-not $KeepWindowsTime) {
        Disable-WindowsTime
    }
    if (-not $NoFirewallRule) {
        $Found['Rule'] = Test-Rule
        Add-Rule $Destination
    }
    Start-Service -Name $Service
    (Get-Service -Name $Service).WaitForStatus('Running', [TimeSpan]::FromSeconds(30))
    Remove-Replaced
}

function Install-Everything {
    Assert-NoController
    foreach ($name in $Programs) {
        if (-not (Test-Path -LiteralPath (Join-Path $PSScriptRoot $name))) {
            throw "$name is not beside this script."
        }
    }
    $before = Get-Ours
    try {
        Install-Service
    } catch {
        $failure = $_
        Write-Warning "The installation failed: what was before comes back."
        try {
            Undo-Installation $before
        } catch {
            Write-Warning "That failed too: $_"
        }
        throw $failure
    }
    Write-Host "w32timed runs. Its state: `"$Destination\w32tm.exe`" /query /status"
}

function Uninstall-Everything {
    Stop-Ours
    Unregister-Ours
    Remove-Rule
    Restore-WindowsTime
    Remove-Programs
    if ($RemoveData -and (Test-Path $Data)) {
        Remove-Item -Recurse -Force -Path $Data
    } elseif (Test-Path $Data) {
        Write-Host "Configuration, state and logs stay in $Data."
    }
    Write-Host "w32timed is gone."
}

Assert-Administrator
if (-not $PSBoundParameters.ContainsKey('Destination') -and $null -ne (Get-ServiceFolder)) {
    $Destination = Get-ServiceFolder
}
# Absolute, and without a backslash at its end.
$Destination = $ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath(
    $Destination).TrimEnd('\')
if ($Uninstall) {
    Uninstall-Everything
} else {
    Install-Everything
}
